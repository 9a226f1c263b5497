;;; record-cases.el --- what Emacs answers to the tangling cases  -*- lexical-binding: t -*-

;; Run by tests/record-cases, which says what the environment variables mean.

;;; Code:

(require 'record-cases-format)
(setq create-lockfiles nil make-backup-files nil auto-save-default nil
      vc-handled-backends nil enable-local-variables :safe load-prefer-newer t)
(require 'org)
(require 'ob-tangle)
(require 'org-id)
(setq org-id-track-globally nil)

(defconst record-version
  (let ((version (org-version)))
    (cond ((string-prefix-p "9.8" version) "")
          ((string-match "\\`9\\.[0-9]+" version) (match-string 0 version))
          (t "head")))
  "Whose answers this Emacs gives, as section titles name it.")

(defconst record-profile (getenv "PROFILE")
  "`vanilla' or `all': whether the support for all languages is loaded.")

(defconst record-driver load-file-name
  "This file, which some messages name.")

;; ditaa, plantuml, eshell, screen and sass need programs or sessions even to be loaded, or add nothing to tangling.
(when (equal record-profile "all")
  (dolist (language '(shell python C java js ruby perl lua R awk sql sqlite latex css dot haskell ocaml octave
                      gnuplot scheme lisp clojure org sed makefile calc fortran maxima groovy julia processing
                      forth matlab csharp lilypond))
    (require (intern (format "ob-%s" language)) nil t)))

(defvar record-messages nil "What Emacs said during a case, newest first.")

(defun record-message (function format &rest args)
  "Advice around `message' that keeps what FUNCTION was to show."
  (when format (push (apply #'format-message format args) record-messages))
  (let ((inhibit-message t)) (apply function format args)))

;;;; One case

(defun record-act (action)
  "Do ACTION in the current folder."
  (pcase (split-string action)
    ('("tangle") (org-babel-tangle-file "input.org"))
    ('("tangle-twice") (org-babel-tangle-file "input.org") (org-babel-tangle-file "input.org"))
    (`("target" ,file) (org-babel-tangle-file "input.org" file))
    (`("lang" ,regexp) (org-babel-tangle-file "input.org" nil regexp))
    (`("ingest" ,file) (org-babel-lob-ingest file) (org-babel-tangle-file "input.org"))
    (`("clean" ,file)
     (with-current-buffer (find-file-noselect file) (org-babel-tangle-clean) (save-buffer) nil))
    (`("detangle" ,file)
     (let ((count (org-babel-detangle file)))
       (dolist (buffer (buffer-list))
         (with-current-buffer buffer
           (when (and buffer-file-name (buffer-modified-p)) (save-buffer))))
       (number-to-string count)))
    (`("jump" ,file ,line)
     (find-file file)
     (goto-char (point-min))
     (forward-line (1- (string-to-number line)))
     (let ((body (org-babel-tangle-jump-to-org)))
       (format "%s:%d:%d body=%S" (file-name-nondirectory buffer-file-name)
               (line-number-at-pos) (current-column) body)))
    (_ (error "Unknown action %s" action))))

(defun record-files (folder)
  "Every regular file below FOLDER: (NAME BYTES MODE TIME)."
  (mapcar (lambda (path)
            (list (file-relative-name path folder) (cases-bytes path) (file-modes path)
                  (file-attribute-modification-time (file-attributes path))))
          (sort (directory-files-recursively folder "") #'string<)))

(defun record-lay-out (case folder)
  "Put the files of CASE into FOLDER."
  (make-directory (expand-file-name "home" folder) t)
  (dolist (section (cases-file-sections case))
    (let* ((title (car section))
           (place (cond ((string= title "input") (cons "0644" "input.org"))
                        ((string-match "\\`before \\([0-7]+\\) \\(.*\\)\\'" title)
                         (cons (match-string 1 title) (cases-text (cases-hide (match-string 2 title))))))))
      (when place
        (let ((path (expand-file-name (cdr place) folder)))
          (cases-write-bytes path (cases-hide (cdr section)))
          (set-file-modes path (string-to-number (car place) 8))
          (set-file-times path (encode-time '(0 0 0 1 1 2001 nil nil t))))))))

(defun record-variables (case)
  "The variables that CASE sets, as an alist."
  (mapcar (lambda (line)
            (string-match "\\`\\(\\S-+\\) \\(.*\\)\\'" line)
            (cons (intern (match-string 1 line)) (read (match-string 2 line))))
          (cases-values case "variable")))

(defun record-run (case folder)
  "Do the action of CASE in FOLDER: (VALUE . ERROR), and what was said in `record-messages'."
  (let ((variables (record-variables case)) value failure)
    (setenv "HOME" (expand-file-name "home" folder))
    (setq abbreviated-home-dir nil org-babel-library-of-babel nil record-messages nil)
    (with-temp-buffer
      (setq default-directory folder)
      (advice-add 'message :around #'record-message)
      (condition-case signalled
          (setq value (cl-progv (mapcar #'car variables) (mapcar #'cdr variables)
                        (record-act (cases-value case "action" "tangle"))))
        (error (setq failure signalled)))
      (advice-remove 'message #'record-message))
    (dolist (buffer (buffer-list))
      (with-current-buffer buffer
        (when buffer-file-name
          (set-buffer-modified-p nil)
          (let (kill-buffer-hook) (kill-buffer buffer)))))
    (cons value failure)))

;;;; The answer

(defun record-mask (bytes folder)
  "BYTES with `@DIR@' for FOLDER and `@SCRIPT@' for this file."
  (let ((replace (lambda (path by in)
                   (replace-regexp-in-string (regexp-quote (cases-utf8 path)) by in t t))))
    (funcall replace record-driver "@SCRIPT@"
             (funcall replace (directory-file-name folder) "@DIR@" bytes))))

(defun record-section (title lines)
  "A section of this version's answer."
  (cons (cases-utf8 (concat (cases-prefix record-version) title)) lines))

(defun record-said (pattern)
  "What Emacs said that matches PATTERN, oldest first."
  (cl-loop for said in (reverse record-messages)
           when (string-match-p pattern said) collect (concat "message: " said)))

(defun record-fate (before after)
  "What happened to the files that were there BEFORE, as AFTER shows."
  (append
   (cl-loop for (name bytes mode time) in after
            for old = (assoc name before)
            when (and old (or (not (equal (nth 1 old) bytes)) (/= (nth 2 old) mode)))
            collect (concat "changed: " name)
            else when (and old (not (equal name "input.org")))
            collect (concat (if (equal (nth 3 old) time) "untouched: " "rewritten with the same bytes: ") name))
   (cl-loop for (name) in before unless (assoc name after) collect (concat "deleted: " name))))

(defun record-answer (case)
  "Run CASE and give its answer as sections."
  (let* ((name (file-name-base (cases-file-path case)))
         (folder (file-name-as-directory (expand-file-name name (getenv "SCRATCH"))))
         before after result)
    (record-lay-out case folder)
    (setq before (record-files folder)
          result (record-run case folder)
          after (record-files folder))
    (append
     (cl-loop for (name bytes mode) in after
              for old = (assoc name before)
              unless (and old (equal (nth 1 old) bytes) (= (nth 2 old) mode))
              collect (record-section
                       (format "writes %04o %s" mode (cases-text (cases-show-line (cases-utf8 name))))
                       (cases-show (record-mask bytes folder))))
     (list (record-section
            "outcome"
            (mapconcat
             (lambda (line)
               ;; One entry a line, whatever the message holds.
               (concat (replace-regexp-in-string
                        "\n" (cases-utf8 "‹0a›")
                        (mapconcat #'cases-show-line (split-string (record-mask (cases-utf8 line) folder) "\n") "\n"))
                       "\n"))
             (append (record-said "\\`\\(?:Tangled\\|Detangled\\) ")
                     (record-said "\\`\\(?:Evaluat\\|executing\\|Code block\\|No \\|Not \\|source-code\\)")
                     (list (cond ((cdr result) (concat "error: " (error-message-string (cdr result))))
                                 ((stringp (car result)) (concat "value: " (car result)))
                                 (t (concat "returned:"
                                            (mapconcat (lambda (path) (concat " " (file-relative-name path folder)))
                                                       (car result) "")))))
                     (record-fate before after))
             ""))))))

;;;; All cases

(defun record-differences (recorded now)
  "A unified diff from RECORDED to NOW, both lists of sections, as bytes."
  (let ((files (list (make-temp-file "recorded") (make-temp-file "now"))))
    (cl-mapc (lambda (file sections) (cases-write-bytes file (cases-print-sections sections)))
             files (list recorded now))
    (prog1 (with-temp-buffer
             (set-buffer-multibyte nil)
             (call-process "diff" nil t nil "-u" "--label" "recorded" "--label" "now" (car files) (cadr files))
             (buffer-string))
      (mapc #'delete-file files))))

(defun record-cases (paths)
  "Run the cases in PATHS and give a report; what differs is shown, or written if WRITE is set."
  (let ((ran 0) (differing 0) report)
    (dolist (path paths)
      (let* ((case (cases-read-file path))
             (recorded (cases-answer case record-version)))
        (when (equal record-profile (cases-value case "profile" "vanilla"))
          (cl-incf ran)
          (let ((now (record-answer case)))
            (unless (equal recorded now)
              (cl-incf differing)
              (push (format "%s:\n" (file-name-base path)) report)
              (push (record-differences recorded now) report)
              (unless (member (getenv "WRITE") '(nil ""))
                (cases-set-answer case record-version now)
                (cases-write-file case)))))))
    (push (format "Emacs %s, Org %s, profile %s: %d cases, %d differ from the record\n"
                  emacs-version (org-version) record-profile ran differing)
          report)
    (cons (= differing 0) (apply #'concat (nreverse report)))))

(let* ((only (split-string (or (getenv "ONLY") "")))
       (all (sort (directory-files-recursively (getenv "CASES") "\\.txt\\'") #'string<))
       (result (record-cases (if only (cl-remove-if-not (lambda (path) (member (file-name-base path) only)) all) all))))
  (cases-write-bytes (getenv "REPORT") (cdr result))
  (kill-emacs (if (car result) 0 1)))
;;; record-cases.el ends here
