//! The table of diagnostic codes: name and severity in one place, the explanation in `explain/<code>.md`.
//!
//! Codes are never renamed or reused. Everything that lists codes (`explain`, configuration levels, fixtures,
//! SARIF rules) derives from this table. Keep it sorted by name.
//!
//! A new code is a line here and
//! - `explain/<code>.md`, at most 30 lines: a sentence, why it matters, then `Wrong:` and `Right:`, each with an example in
//!   Org. A test compiles the two; codes whose examples do not work alone are in its list
//!   (`tests/diagnostics/explanations.rs`).
//! - `Diagnostic::new(Code::…, span, message, help)` pushed to `found` by the rule, with a unit test beside it.
//! - `tests/fixtures/diagnostics/<code>/input.org`, the smallest document that causes it, beside which the test records
//!   `expected.txt` with `SNAPSHOTS=overwrite`; `tests/diagnostics/fixtures.rs` has what else can lie there.
//! - a line in the changelog. Nothing else lists codes, but for those of `lint` and `rehearse` below.
//!
//! Then `cargo test --test diagnostics --test fixes`, and `--test program seed`: the person's document has just the
//! diagnostics that are listed there, and this repository's has none.

use super::Severity::{self, Error, Warning};
use super::closest;

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident;)*) => {
        /// Names one kind of diagnostic; see `qvm-tangle explain CODE`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each variant is documented by its explanation")]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code, sorted by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The kebab-case name that users see.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What a diagnostic of this code weighs unless the configuration says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => $severity,)* }
            }

            /// What it means, why it matters, a wrong example and the right one, in Markdown.
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => include_str!(concat!("explain/", $name, ".md")),)* }
            }
        }
    };
}

codes! {
    AddressOutsideSubnet "address-outside-subnet" Error;
    AmbiguousTable "ambiguous-table" Error;
    AssumedCommentSyntax "assumed-comment-syntax" Warning;
    BlockCrossesHeading "block-crosses-heading" Error;
    BrokenTemplate "broken-template" Error;
    CaseClash "case-clash" Warning;
    CertificateNameMismatch "certificate-name-mismatch" Warning;
    CheckerError "checker-error" Error;
    CheckerWarning "checker-warning" Warning;
    CodeNeeded "code-needed" Error;
    ConflictMarker "conflict-marker" Warning;
    ConflictingModes "conflicting-modes" Warning;
    DroppedVariables "dropped-variables" Warning;
    DuplicateAddress "duplicate-address" Error;
    DuplicateBlockName "duplicate-block-name" Warning;
    DuplicateColumn "duplicate-column" Error;
    DuplicateExport "duplicate-export" Error;
    DuplicateGuest "duplicate-guest" Error;
    DuplicateInterface "duplicate-interface" Error;
    DuplicateMac "duplicate-mac" Error;
    DuplicateName "duplicate-name" Error;
    DuplicatePort "duplicate-port" Error;
    DuplicateService "duplicate-service" Error;
    DuplicateTerm "duplicate-term" Error;
    EditedOutput "edited-output" Warning;
    EmptyTable "empty-table" Error;
    EndlessTemplate "endless-template" Error;
    FailedFact "failed-fact" Error;
    FailedScript "failed-script" Error;
    FalseBlockEnd "false-block-end" Warning;
    ForeignAddress "foreign-address" Error;
    GatewayMismatch "gateway-mismatch" Error;
    GuestMismatch "guest-mismatch" Error;
    HostDependent "host-dependent" Warning;
    HostnameMismatch "hostname-mismatch" Error;
    InvalidAddress "invalid-address" Error;
    InvalidDomain "invalid-domain" Error;
    InvalidExport "invalid-export" Error;
    InvalidGuestName "invalid-guest-name" Error;
    InvalidHostAccess "invalid-host-access" Error;
    InvalidHostName "invalid-host-name" Error;
    InvalidInterfaceName "invalid-interface-name" Error;
    InvalidMac "invalid-mac" Error;
    InvalidMtu "invalid-mtu" Error;
    InvalidNamespace "invalid-namespace" Error;
    InvalidNumber "invalid-number" Error;
    InvalidPath "invalid-path" Error;
    InvalidPin "invalid-pin" Error;
    InvalidPort "invalid-port" Error;
    InvalidPublishedPort "invalid-published-port" Error;
    InvalidRange "invalid-range" Error;
    InvalidServiceName "invalid-service-name" Error;
    InvalidSize "invalid-size" Error;
    InvalidSubnet "invalid-subnet" Error;
    InvalidSwitch "invalid-switch" Error;
    K3sRange "k3s-range" Warning;
    LinkedTargets "linked-targets" Error;
    LispNeeded "lisp-needed" Error;
    MdnsDomain "mdns-domain" Warning;
    MisnamedTemplate "misnamed-template" Error;
    MisplacedOutput "misplaced-output" Error;
    MissingChecker "missing-checker" Warning;
    MissingColumn "missing-column" Error;
    MissingFolder "missing-folder" Error;
    MissingKeyUsage "missing-key-usage" Warning;
    MissingSetupFile "missing-setup-file" Warning;
    MissingShebang "missing-shebang" Warning;
    MissingTable "missing-table" Error;
    MissingTarget "missing-target" Error;
    MissingTerm "missing-term" Error;
    MissingValue "missing-value" Error;
    MisspeltColumn "misspelt-column" Warning;
    MisspeltTerm "misspelt-term" Warning;
    MixedLineEnds "mixed-line-ends" Warning;
    NetworkClash "network-clash" Error;
    NewerCurlNeeded "newer-curl-needed" Warning;
    NewerOpensslNeeded "newer-openssl-needed" Warning;
    NowebCycle "noweb-cycle" Error;
    NowebTooLarge "noweb-too-large" Error;
    NumberForText "number-for-text" Error;
    OverlappingRanges "overlapping-ranges" Error;
    OverlongArguments "overlong-arguments" Error;
    ProtectedTarget "protected-target" Error;
    PublicSubnet "public-subnet" Warning;
    RemoteSetupFile "remote-setup-file" Error;
    RemoteTarget "remote-target" Error;
    ReservedAddress "reserved-address" Error;
    SecondCopy "second-copy" Warning;
    ServiceOnBridge "service-on-bridge" Error;
    SplitTable "split-table" Error;
    StrayTable "stray-table" Error;
    StrayText "stray-text" Warning;
    SurplusCell "surplus-cell" Error;
    SwallowedBlock "swallowed-block" Warning;
    TargetIsDocument "target-is-document" Error;
    TargetNotAFile "target-not-a-file" Error;
    TargetOfTwoDocuments "target-of-two-documents" Error;
    TargetOutsideRoot "target-outside-root" Error;
    TooManyNetworks "too-many-networks" Error;
    TwoSpellings "two-spellings" Warning;
    UnassignedVariable "unassigned-variable" Error;
    UncarriedEdit "uncarried-edit" Error;
    UncertifiedGuest "uncertified-guest" Warning;
    UndefinedReference "undefined-reference" Warning;
    UndefinedValue "undefined-value" Error;
    UndefinedVariable "undefined-variable" Error;
    UnexplainedAcceptance "unexplained-acceptance" Warning;
    UnknownAddress "unknown-address" Warning;
    UnknownArgument "unknown-argument" Warning;
    UnknownCommentSyntax "unknown-comment-syntax" Error;
    UnknownGuest "unknown-guest" Error;
    UnknownHostName "unknown-host-name" Warning;
    UnknownInterface "unknown-interface" Warning;
    UnknownMode "unknown-mode" Error;
    UnknownNetwork "unknown-network" Error;
    UnknownOrigin "unknown-origin" Error;
    UnknownScript "unknown-script" Warning;
    UnknownService "unknown-service" Warning;
    UnmadeFolder "unmade-folder" Warning;
    UnprintableTarget "unprintable-target" Error;
    UnquotableValue "unquotable-value" Error;
    UnsupportedLanguage "unsupported-language" Error;
    UnterminatedBlock "unterminated-block" Warning;
    UntrustedEnvironment "untrusted-environment" Error;
    UnusedAcceptance "unused-acceptance" Warning;
    UnusedTable "unused-table" Warning;
    UnusedTerm "unused-term" Warning;
    UnusualExtension "unusual-extension" Warning;
    UnwritableText "unwritable-text" Error;
    UnwrittenPath "unwritten-path" Warning;
    ValuelessArgument "valueless-argument" Error;
}

/// Codes whose diagnostics can bring an edit.
const FIXED: &[Code] = &[
    Code::AddressOutsideSubnet,
    Code::DuplicateAddress,
    Code::DuplicateGuest,
    Code::DuplicateInterface,
    Code::DuplicateMac,
    Code::DuplicatePort,
    Code::ForeignAddress,
    Code::GatewayMismatch,
    Code::HostnameMismatch,
    Code::InvalidAddress,
    Code::InvalidDomain,
    Code::InvalidExport,
    Code::InvalidGuestName,
    Code::InvalidHostAccess,
    Code::InvalidHostName,
    Code::InvalidInterfaceName,
    Code::InvalidMac,
    Code::InvalidNamespace,
    Code::InvalidNumber,
    Code::InvalidPath,
    Code::InvalidPort,
    Code::InvalidPublishedPort,
    Code::InvalidServiceName,
    Code::InvalidSize,
    Code::InvalidSubnet,
    Code::MissingColumn,
    Code::MissingShebang,
    Code::MissingTerm,
    Code::MissingValue,
    Code::MisspeltColumn,
    Code::MisspeltTerm,
    Code::OverlappingRanges,
    Code::ReservedAddress,
    Code::TwoSpellings,
    Code::UndefinedReference,
    Code::UnknownAddress,
    Code::UnknownArgument,
    Code::UnknownGuest,
    Code::UnknownHostName,
    Code::UnknownInterface,
    Code::UnknownNetwork,
    Code::UnknownScript,
    Code::UnknownService,
    Code::UnusedAcceptance,
];

impl Code {
    /// The code of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// The code that is probably meant by a name that no code has: one with a typo, or with a word in common.
    pub fn near(name: &str) -> Option<&'static str> {
        let names = || Self::ALL.iter().map(|code| code.name());
        let words: Vec<&str> = name.split(['-', '_', ' ']).filter(|word| word.len() > 3).collect();
        let in_common = |code: &&str| code.split('-').filter(|word| words.contains(word)).count();
        let by_word = || names().rev().max_by_key(in_common).filter(|code| in_common(code) > 0);
        closest(name, names()).or_else(by_word)
    }

    /// Whether a comment above an element can accept it there. What is said of a file on disk, or of such a comment, is not
    /// about an element.
    pub fn is_acceptable(self) -> bool {
        let is_about_element = !matches!(
            self,
            Self::EditedOutput | Self::StrayText | Self::UnexplainedAcceptance | Self::UnusedAcceptance
        );
        self.severity() == Warning && is_about_element
    }

    /// Whether the rule knows, at least at times, the edit that fixes it.
    pub fn brings_fix(self) -> bool {
        FIXED.contains(&self)
    }

    /// Whether only `lint` finds it, by running other programs.
    pub fn is_from_checkers(self) -> bool {
        matches!(self, Self::CheckerError | Self::CheckerWarning | Self::MissingChecker)
    }

    /// Whether only `rehearse` finds it, by running the scripts.
    pub fn is_from_rehearsals(self) -> bool {
        matches!(self, Self::FailedFact | Self::FailedScript)
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn a_name_finds_the_code_that_is_meant() {
        assert_eq!(Code::near("unterminated-blok"), Some("unterminated-block"));
        assert_eq!(Code::near("hand-edited"), Some("edited-output"));
        assert_eq!(Code::near("nonsense"), None);
    }

    #[test]
    fn codes_are_sorted_kebab_case_and_explained_briefly() {
        assert!(Code::ALL.is_sorted_by_key(|code| code.name()));
        for code in Code::ALL {
            let name = code.name();
            assert!(
                name.split('-')
                    .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())),
                "{name}"
            );
            assert!(code.explanation().lines().count() <= 30, "{name} is explained in more than 30 lines");
        }
    }
}
