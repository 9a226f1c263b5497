//! What the schema's entries say in words: for the reference, `show schema`, completion and hover.

use crate::network::schema::{Amount, Empty, Example, FieldSchema, PartLayout, PartSchema, ServiceSchema};

impl PartSchema {
    /// How it is written, in a word or two.
    pub fn form(&self) -> &'static str {
        match self.layout {
            PartLayout::Table => "table",
            PartLayout::List => "description list",
        }
    }
}

impl FieldSchema {
    /// What an empty cell means, or the lack of the field, in Markdown.
    pub fn default(&self) -> String {
        match self.empty {
            Empty::Refused => "required".to_owned(),
            Empty::RepeatsAbove => "the cell above, up to the next rule".to_owned(),
            Empty::Is(value) => format!("`{value}`"),
            Empty::Made(words) | Empty::Nothing(words) => words.to_owned(),
        }
    }

    /// What a cell holds: the type of its values and how many there can be.
    pub fn holds(&self) -> String {
        match self.amount {
            Amount::One => self.value.what.to_owned(),
            Amount::Many => format!("{}, or several with commas between them", self.value.what),
        }
    }

    /// A value that it could have in a document like the first example of the book's reference.
    pub fn example(&self) -> &'static str {
        match self.example {
            Example::Fixed(example) => example,
            Example::FreeAddress => "10.42.0.10",
            Example::SameHost => "fd42:42::a",
            Example::FreeTap => "qvm0tap0",
            Example::FreeMac => "52:54:00:2a:00:0a",
            Example::HostName => "cp.qvm0.lan",
            Example::FreeGuest => "wk-1",
            Example::Bridge => "qvm0",
            Example::Subnet => "10.42.0.1/24",
            Example::Domain => "qvm0.lan",
            Example::Namespace => "qvm-svc",
            Example::Service => "cloud-init",
            Example::ServiceInterface => "veth0",
            Example::ServicePort => "5300",
            Example::FileOf(_) => "cp.qcow2",
        }
    }

    /// How a value is written, in one step; with this example, if there is one.
    pub fn help_with(&self, example: Option<&str>) -> String {
        match example {
            Some(example) => self.value.help.replace("{example}", &format!("`{example}`")),
            None => self.value.help.replace(", such as {example}", "").replace(" such as {example}", ""),
        }
    }

    /// All that there is to say of it, in Markdown, with an example.
    pub fn description(&self, example: &str) -> String {
        let choices: Vec<String> = self.value.choices.iter().map(|choice| format!("`{choice}`")).collect();
        let choices = if choices.is_empty() { String::new() } else { format!(" ({})", choices.join(", ")) };
        format!(
            "**{}**: {}\n\n- holds: {}{choices}\n- without it: {}\n- such as `{}`",
            self.name,
            self.meaning,
            self.holds(),
            self.default(),
            example,
        )
    }
}

impl ServiceSchema {
    /// The port that it listens on if the document names none, and what it speaks there; empty if it listens on none.
    pub fn listens(&self) -> String {
        let protocols: Vec<&str> = self.protocols.iter().map(|protocol| protocol.name()).collect();
        self.port.map_or_else(String::new, |port| format!("{port}/{}", protocols.join(", ")))
    }

    /// All that there is to say of it, in Markdown.
    pub fn description(&self) -> String {
        let listens = match self.listens() {
            none if none.is_empty() => String::new(),
            listens => format!("\n- listens at {listens}, where the document names no port"),
        };
        format!("**{}**: {}\n{listens}\n- run by {}", self.name, self.meaning, self.program)
    }
}

#[cfg(test)]
mod tests {
    use crate::network::schema::{DHCP, GATEWAY, GUEST_IP, PARTS, SERVICE_IP};

    #[test]
    fn examples_are_values_of_their_fields() {
        for field in PARTS.iter().flat_map(|part| part.fields) {
            assert_eq!(field.normal(field.example()).as_deref(), Ok(field.example()), "example of `{}`", field.name);
        }
    }

    #[test]
    fn entries_are_told_in_words() {
        assert_eq!(GUEST_IP.schema.help_with(Some("x")), "write an IPv4 address such as `x`");
        assert_eq!(GUEST_IP.schema.help_with(None), "write an IPv4 address");
        assert_eq!(
            SERVICE_IP.schema.description(SERVICE_IP.schema.example()),
            "**IP**: the address it listens on\n\n- holds: address\n- without it: the cell above, up to the next rule\n\
             - such as `10.42.0.10`"
        );
        assert_eq!(
            DHCP.description(),
            "**DHCP**: each guest's address, by its MAC address\n\n- listens at 67/udp, where the document names no port\n\
             - run by dnsmasq"
        );
        assert!(GATEWAY.description().ends_with("reach the outside\n\n- run by the kernel"));
    }
}
