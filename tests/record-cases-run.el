;;; record-cases-run.el --- what this Emacs answers to one tangling case  -*- lexical-binding: t -*-

;; For `record-cases.el', which asks for the recorded cases, and `live_emacs/judge.el', which asks for generated ones.
;; PROFILE is `vanilla' or `all'; SCRATCH is the folder in which each case gets a folder of its own.

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

(defvar record-driver nil
  "The file that is being loaded while cases run, which some messages name.")

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
  "BYTES with `@DIR@' for FOLDER and `@SCRIPT@' for the file that is being loaded."
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

(provide 'record-cases-run)
;;; record-cases-run.el ends here
