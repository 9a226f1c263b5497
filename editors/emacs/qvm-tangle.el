;;; qvm-tangle.el --- Compile literate Org documents as you write  -*- lexical-binding: t; -*-

;; Author: The qvm-tangle authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: outlines, tools, languages
;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; qvm-tangle compiles one literate Org document to the scripts of the
;; network it describes.  This package brings it into the buffer:
;;
;; - Flymake marks every diagnostic at its cell, keyword or block while you
;;   type; the text checked is the buffer's, saved or not.
;; - Saving the document renews its outputs, in the background.
;; - `qvm-tangle-jump' goes from a cell or block line to the output
;;   lines it made, and from an output line back to its source; the keys
;;   are there in outputs below a "qvm-tangle.lock" as well.
;; - `qvm-tangle-explain-at-point' tells what a diagnostic means.
;; - `qvm-tangle-diff' shows how the outputs differ from the document.
;; - `qvm-tangle-carry-back' carries a hand edit of any output back into
;;   the document and its templates, after showing what changes.
;;
;; To have it in all Org documents below a folder with a file
;; "qvm-tangle.toml":
;;
;;     (add-to-list 'load-path "/path/to/editors/emacs")
;;     (require 'qvm-tangle)
;;     (global-qvm-tangle-mode)
;;
;; In any other Org buffer, M-x qvm-tangle-mode turns it on.
;;
;; A document may come from somebody else.  Before the first document
;; of a folder is tangled on save, you are asked; the answer is kept.
;; What reaches outside of its folder or runs programs needs
;; `qvm-tangle-trust' besides.
;;
;; A line "#+auto_tangle: nil" keeps a document from being tangled on
;; save, "#+auto_tangle: t" has it tangled even if `qvm-tangle-on-save'
;; is nil; this is how org-auto-tangle reads it.
;;
;; Documents on other hosts (TRAMP) are checked and tangled there, so
;; the program must be installed there.

;;; Code:

(require 'cl-lib)
(require 'compile)
(require 'diff-mode)
(require 'easymenu)
(require 'flymake)
(require 'json)
(require 'subr-x)
(require 'xref)

(declare-function org-invisible-p "org" (&optional pos folding-only))
(declare-function org-reveal "org" (&optional siblings))

;;;; Options

(defgroup qvm-tangle nil
  "Compile literate Org documents."
  :group 'org
  :prefix "qvm-tangle-")

(defcustom qvm-tangle-program "qvm-tangle"
  "The program: a name looked up in the path, or an absolute file name."
  :type 'string
  :risky t)

(defcustom qvm-tangle-arguments nil
  "Arguments given to every run of the program, such as (\"--languages\" \"all\")."
  :type '(repeat string)
  :risky t)

(defcustom qvm-tangle-on-save t
  "Whether saving a document renews its outputs.
The keyword \"#+auto_tangle:\" in a document has the last word: \"nil\"
means no, anything else yes."
  :type 'boolean
  :safe #'booleanp)

(defcustom qvm-tangle-use-flymake t
  "Whether `qvm-tangle-mode' turns on `flymake-mode'."
  :type 'boolean
  :safe #'booleanp)

(defcustom qvm-tangle-keymap-prefix "C-c _"
  "Prefix of the keys of `qvm-tangle-mode'; read when the package is loaded."
  :type 'string)

(defcustom qvm-tangle-folders-file
  (locate-user-emacs-file "qvm-tangle-folders.eld")
  "File with the folders whose documents may be tangled on save, or not."
  :type 'file
  :risky t)

(defcustom qvm-tangle-after-functions nil
  "Functions to call when a run that writes outputs has ended.
Each is called in the document's buffer with the exit code: 0 written or
up to date, 1 the document has errors, 2 the job could not be done, 3 a
file that was edited by hand was kept."
  :type 'hook)

;;;; Running the program

(defun qvm-tangle--command (arguments)
  "Return the command line of the program with ARGUMENTS."
  (append (list qvm-tangle-program) qvm-tangle-arguments arguments))

(defun qvm-tangle--missing ()
  "Signal that the program is not there."
  (user-error "Cannot find `%s': install it, or set `qvm-tangle-program'"
              qvm-tangle-program))

(defun qvm-tangle--write-input (file)
  "Write the whole buffer to FILE, silently."
  (let ((coding-system-for-write 'utf-8-unix)
        (write-region-annotate-functions nil))
    (save-restriction
      (widen)
      (write-region nil nil file nil 'silent))))

(defun qvm-tangle--input-file ()
  "Write the buffer to a temporary file on the document's host.
Return its name."
  (let ((file (make-nearby-temp-file "qvm-tangle")))
    (qvm-tangle--write-input file)
    file))

(defun qvm-tangle--reading (file command)
  "Return COMMAND with FILE as its input, which is gone once it is open."
  (append '("sh" "-c" "exec <\"$1\"; rm -f \"$1\"; shift; exec \"$@\"" "sh")
          (list (file-local-name file))
          command))

(defconst qvm-tangle--pipe-size 16000
  "How many characters a pipe takes at once, each of up to four bytes.
Emacs sleeps where a pipe is full, and nobody can type meanwhile.")

(defun qvm-tangle--start (arguments input callback)
  "Start the program with ARGUMENTS and return the process at once.
With INPUT non-nil the current buffer's text is its standard input.
When it ends, CALLBACK is called with the process in a buffer that has
what the program printed, provided that the current buffer still lives."
  (let* ((source (current-buffer))
         (remote (file-remote-p default-directory))
         (command (qvm-tangle--command arguments))
         ;; What is sent to a remote process may pass through a terminal,
         ;; which would change it; a file there does not.
         (by-file (and input (or remote (> (buffer-size) qvm-tangle--pipe-size))))
         (command (if by-file
                      (qvm-tangle--reading (qvm-tangle--input-file) command)
                    command))
         (output (generate-new-buffer " *qvm-tangle*"))
         (process
          (condition-case problem
              (make-process
               :name "qvm-tangle" :buffer output :command command
               :connection-type 'pipe :noquery t :file-handler t
               :coding 'utf-8-unix
               :sentinel
               (lambda (process _event)
                 (unless (process-live-p process)
                   (unwind-protect
                       (when (and (buffer-live-p source) (buffer-live-p output))
                         (with-current-buffer output
                           (goto-char (point-min))
                           (funcall callback process)))
                     (when (buffer-live-p output)
                       (kill-buffer output))))))
            (file-missing
             (kill-buffer output)
             (ignore problem)
             (qvm-tangle--missing)))))
    (when (and input (not by-file))
      (qvm-tangle--send process))
    process))

(defun qvm-tangle--send (process)
  "Send the whole buffer to PROCESS."
  ;; A program that ends before it has read everything has said why.
  (ignore-errors
    (save-restriction
      (widen)
      (process-send-region process (point-min) (point-max)))
    (process-send-eof process)))

(defun qvm-tangle--run (arguments &optional input)
  "Run the program with ARGUMENTS and wait for it.
With INPUT non-nil the current buffer's text is its standard input.
Return a cons cell of the exit code and the output."
  (let ((file (and input (qvm-tangle--input-file)))
        (command (qvm-tangle--command arguments)))
    (unwind-protect
        (let (code
              (directory default-directory))
          (with-temp-buffer
            (setq default-directory directory)
            (setq code (condition-case nil
                           (let ((coding-system-for-read 'utf-8-unix))
                             (apply #'process-file (car command) file t nil
                                    (cdr command)))
                         (file-missing (qvm-tangle--missing))))
            (cons code (buffer-string))))
      (when file
        (delete-file file)))))

(defun qvm-tangle--parse-report ()
  "Parse the report at point; nil if the program printed none."
  (condition-case nil
      (if (fboundp 'json-parse-buffer)
          (json-parse-buffer :object-type 'alist :array-type 'list
                             :null-object nil :false-object nil)
        (let ((json-object-type 'alist)
              (json-array-type 'list)
              (json-null nil)
              (json-false nil))
          (json-read)))
    (error nil)))

(defun qvm-tangle--plain-message (text)
  "Return what the program said in TEXT, on one line."
  (let ((words (string-trim (replace-regexp-in-string "[ \t\n]+" " " text))))
    (if (string-empty-p words)
        (format "`%s' failed without a word" qvm-tangle-program)
      words)))

(defun qvm-tangle--name ()
  "Return the name of the file in this buffer, without folders."
  (unless buffer-file-name
    (user-error "This buffer visits no file"))
  (file-name-nondirectory buffer-file-name))

(defun qvm-tangle--document ()
  "Return the name of the document in this buffer, without folders."
  (unless (derived-mode-p 'org-mode)
    (user-error (substitute-command-keys
                 "This is no Org document; \\[qvm-tangle-jump] goes to that of an output")))
  (qvm-tangle--name))

(defun qvm-tangle--check (callback)
  "Check the buffer's text; CALLBACK gets the process when it ends.
The paths of the report are relative to `default-directory'."
  (qvm-tangle--document)
  (qvm-tangle--start
   (list "check" "--format" "json"
         "--stdin-filename" (file-relative-name buffer-file-name) "-")
   'input callback))

;;;; Places

(defun qvm-tangle--here ()
  "Return point as LINE:COLUMN, both from 1 and blind to narrowing."
  (format "%d:%d" (line-number-at-pos nil t)
          (save-restriction
            (widen)
            (1+ (- (point) (line-beginning-position))))))

(defun qvm-tangle--position (line column)
  "Return the buffer position of LINE and COLUMN, both from 1."
  (save-excursion
    (goto-char (point-min))
    (forward-line (1- line))
    (min (+ (point) (max 0 (1- column))) (line-end-position))))

(defun qvm-tangle--file (place)
  "Return the absolute name of the file of PLACE."
  (let ((path (alist-get 'path place)))
    (if (file-name-absolute-p path)
        (concat (file-remote-p default-directory) path)
      (expand-file-name path))))

(defun qvm-tangle--go (place)
  "Show the file of PLACE and put point there."
  (let* ((file (qvm-tangle--file place))
         (buffer (or (find-buffer-visiting file)
                     (if (file-exists-p file)
                         (find-file-noselect file)
                       (user-error "There is no file %s" file)))))
    (xref-push-marker-stack)
    (pop-to-buffer-same-window buffer)
    (unless (or (buffer-modified-p) (verify-visited-file-modtime buffer))
      (revert-buffer t t t))
    (let ((position (save-restriction
                      (widen)
                      (qvm-tangle--position (alist-get 'line place)
                                            (alist-get 'column place)))))
      (unless (<= (point-min) position (point-max))
        (widen))
      (goto-char position))
    (when (and (derived-mode-p 'org-mode) (org-invisible-p))
      (org-reveal))))

;;;; Flymake

(defvar-local qvm-tangle--checking nil
  "The check that is under way; older ones no longer count.")

(defun qvm-tangle-flymake (report-fn &rest _)
  "Check the buffer's text and give the diagnostics to REPORT-FN.
A backend for `flymake-diagnostic-functions'."
  (let ((source (current-buffer))
        (older qvm-tangle--checking))
    (setq qvm-tangle--checking nil)
    (when (process-live-p older)
      (delete-process older))
    (setq qvm-tangle--checking
          (qvm-tangle--check
           (lambda (process)
             (when (eq process (buffer-local-value 'qvm-tangle--checking source))
               (let ((report (qvm-tangle--parse-report))
                     (text (buffer-string)))
                 (with-current-buffer source
                   (funcall report-fn
                            (if report
                                (qvm-tangle--diagnostics report)
                              (list (qvm-tangle--refusal text))))))))))))

(defun qvm-tangle--diagnostics (report)
  "Return the diagnostics of REPORT as Flymake's diagnostics."
  (save-restriction
    (widen)
    (mapcar #'qvm-tangle--diagnostic (alist-get 'diagnostics report))))

(defun qvm-tangle--diagnostic (diagnostic)
  "Return DIAGNOSTIC as a Flymake diagnostic."
  (let* ((place (alist-get 'place diagnostic))
         (here (equal (qvm-tangle--file place) (expand-file-name buffer-file-name)))
         (region (if here
                     (qvm-tangle--region place)
                   (flymake-diag-region (current-buffer) 1))))
    (flymake-make-diagnostic
     (current-buffer) (car region) (cdr region)
     (if (equal (alist-get 'severity diagnostic) "error") :error :warning)
     (format "%s%s [%s]\n%s"
             (if here
                 ""
               (format "%s:%s: " (alist-get 'path place) (alist-get 'line place)))
             (alist-get 'message diagnostic)
             (alist-get 'code diagnostic)
             (alist-get 'help diagnostic)))))

(defun qvm-tangle--region (place)
  "Return the first line of PLACE as a cons cell of positions.
A mark over a whole block would hide the block."
  (let* ((line (alist-get 'line place))
         (start (qvm-tangle--position line (alist-get 'column place)))
         (end (if (= line (alist-get 'end_line place))
                  (qvm-tangle--position line (alist-get 'end_column place))
                (save-excursion
                  (goto-char start)
                  (line-end-position)))))
    (if (< start end)
        (cons start end)
      (flymake-diag-region (current-buffer) line
                           (max 1 (alist-get 'column place))))))

(defun qvm-tangle--refusal (text)
  "Return a diagnostic for a check that could not be done; TEXT is why."
  (save-restriction
    (widen)
    (let ((region (flymake-diag-region (current-buffer) 1)))
      (flymake-make-diagnostic (current-buffer) (car region) (cdr region) :error
                               (qvm-tangle--plain-failure text)))))

;;;; Trust

(defvar qvm-tangle--folders 'unread
  "Folders and the answers given for them, newest first.
Each is a cons cell of a folder and `yes' or `no'.")

(defun qvm-tangle--folders ()
  "Return the folders that were asked for, with their answers."
  (when (eq qvm-tangle--folders 'unread)
    (setq qvm-tangle--folders
          (and (qvm-tangle--small-file-p qvm-tangle-folders-file)
               (with-temp-buffer
                 (insert-file-contents qvm-tangle-folders-file)
                 (let ((folders (ignore-errors (read (current-buffer)))))
                   (and (listp folders) (cl-remove-if-not #'consp folders)))))))
  qvm-tangle--folders)

(defun qvm-tangle--remember (folder answer)
  "Remember ANSWER, `yes', `no' or nil for none, for FOLDER."
  (setq qvm-tangle--folders
        (append (and answer (list (cons folder answer)))
                (cl-remove folder (qvm-tangle--folders) :test #'equal :key #'car)))
  (let ((text (concat ";; Whether documents below a folder are tangled on save.\n"
                      (prin1-to-string qvm-tangle--folders) "\n"))
        (coding-system-for-write 'utf-8-unix))
    (write-region text nil qvm-tangle-folders-file nil 'silent)))

(defconst qvm-tangle--largest-file (* 64 1024 1024)
  "How large a file may be that this package reads by itself.")

(defun qvm-tangle--small-file-p (file)
  "Return non-nil if FILE is a regular file of bounded size, and no link."
  (when-let* ((attributes (file-attributes file)))
    ;; The type is nil for a FIFO and a device as well.
    (and (eq ?- (aref (file-attribute-modes attributes) 0))
         (<= (file-attribute-size attributes) qvm-tangle--largest-file))))

(defun qvm-tangle--folder ()
  "Return the folder that is asked for: the project's, else the document's."
  (file-truename (or (qvm-tangle--root) default-directory)))

(defun qvm-tangle--may-write ()
  "Return non-nil if documents of this folder may be tangled on save.
The first time the person decides, unless Emacs trusts the buffer."
  (let ((folder (qvm-tangle--folder)))
    (or (and (fboundp 'trusted-content-p) (trusted-content-p))
        (pcase (alist-get folder (qvm-tangle--folders) nil nil #'equal)
          ('yes t)
          ('no nil)
          (_ (let ((answer (yes-or-no-p
                            (format "Tangle documents below %s whenever they are saved? "
                                    (abbreviate-file-name folder)))))
               (qvm-tangle--remember folder (if answer 'yes 'no))
               (unless answer
                 (message "Saving tangles nothing here; M-x qvm-tangle-ask-again if you change your mind"))
               answer))))))

(defun qvm-tangle-ask-again ()
  "Forget whether the documents of this folder are tangled on save.
The next save asks."
  (interactive)
  (qvm-tangle--remember (qvm-tangle--folder) nil)
  (message "The next save asks"))

(defun qvm-tangle-trust ()
  "Show what this folder asks for, and trust it if you say so.
Its documents may then write where its \"qvm-tangle.toml\" says, and
`qvm-tangle-lint-project' may run the programs that it names.  A changed
configuration asks again."
  (interactive)
  (pcase-let ((`(,exit . ,text) (qvm-tangle--run '("trust" "--show"))))
    (unless (eql exit 0)
      (user-error "%s" (qvm-tangle--plain-message text)))
    (with-current-buffer (get-buffer-create "*qvm-tangle trust*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert text))
      (special-mode)
      (goto-char (point-min))
      (display-buffer (current-buffer))))
  (when (yes-or-no-p "Trust it? ")
    (pcase-let ((`(,exit . ,text) (qvm-tangle--run '("trust" "--quiet"))))
      (unless (eql exit 0)
        (user-error "%s" (qvm-tangle--plain-message text)))
      (message "Trusted; `qvm-tangle trust --revoke' takes it back"))))

(defun qvm-tangle--plain-failure (text)
  "Return what the program said in TEXT when it could not do its job."
  (let ((words (qvm-tangle--plain-message text)))
    (if (string-match-p "`qvm-tangle trust" words)
        (concat "M-x qvm-tangle-trust shows what is asked for, and can allow it.  " words)
      words)))

;;;; Tangling

(defvar-local qvm-tangle--writing nil
  "The last run that writes the outputs of this document, or nil.")

(defvar-local qvm-tangle--again nil
  "Whether the document was saved while its outputs were being written.")

(defvar-local qvm-tangle--state nil
  "How the last run that wrote outputs ended: its exit code, or nil.")

(defvar qvm-tangle--by-hand nil
  "Non-nil while a command saves the document that it will tangle itself.")

(defun qvm-tangle--writing-p ()
  "Return non-nil until the outcome of a writing run has been told.
Its process can end before that; its buffer is killed after that."
  (and qvm-tangle--writing
       (buffer-live-p (process-buffer qvm-tangle--writing))))

(defun qvm-tangle--auto-tangle-keyword ()
  "Return the value of \"#+auto_tangle:\" in this buffer, or nil."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (let ((case-fold-search t))
        (when (re-search-forward "^[ \t]*#\\+auto_tangle:[ \t]*\\(.*?\\)[ \t]*$" nil t)
          (match-string-no-properties 1))))))

(defun qvm-tangle--wanted-on-save ()
  "Return non-nil if saving this document should renew its outputs."
  (let ((keyword (qvm-tangle--auto-tangle-keyword)))
    (if keyword
        (not (string= keyword "nil"))
      qvm-tangle-on-save)))

(defun qvm-tangle--after-save ()
  "Renew the outputs of the document that was saved."
  (when (and (not qvm-tangle--by-hand)
             (qvm-tangle--wanted-on-save)
             (qvm-tangle--may-write))
    (condition-case problem
        (qvm-tangle--tangle nil)
      ;; The document is saved; that its outputs are not renewed is no
      ;; reason to stop what called for the saving.
      (user-error (message "%s" (error-message-string problem))))))

;;;###autoload
(defun qvm-tangle (&optional force)
  "Save this document and renew its outputs, in the background.
With a prefix argument FORCE, overwrite outputs that were edited by hand."
  (interactive "P")
  (qvm-tangle--document)
  (let ((qvm-tangle--by-hand t))
    (when (buffer-modified-p)
      (save-buffer)))
  (qvm-tangle--tangle force))

(defun qvm-tangle--tangle (force)
  "Start a run that writes the outputs, or note that one more is needed.
With FORCE non-nil it overwrites outputs that were edited by hand."
  (if (qvm-tangle--writing-p)
      (setq qvm-tangle--again (if force 'force (or qvm-tangle--again t)))
    (let ((source (current-buffer))
          ;; What calls for the saving may have bound another one.
          (default-directory (file-name-directory buffer-file-name)))
      (setq qvm-tangle--again nil
            qvm-tangle--writing
            (qvm-tangle--start
             `("--format" "json" ,@(and force '("--force")) "--" ,(qvm-tangle--document))
             nil
             (lambda (process)
               (let ((report (qvm-tangle--parse-report))
                     (text (buffer-string)))
                 (with-current-buffer source
                   (qvm-tangle--tangled (process-exit-status process) report text))))))
      (force-mode-line-update))))

(defun qvm-tangle--tangled (code report text)
  "Tell how a writing run ended: exit CODE, its REPORT, else its TEXT."
  (setq qvm-tangle--writing nil
        qvm-tangle--state code)
  (force-mode-line-update)
  (message "%s" (qvm-tangle--outcome code report text))
  (run-hook-with-args 'qvm-tangle-after-functions code)
  (when qvm-tangle--again
    (qvm-tangle--tangle (eq qvm-tangle--again 'force))))

(defun qvm-tangle--outcome (code report text)
  "Return one line about a writing run: exit CODE, REPORT, TEXT."
  (let ((diagnostics (alist-get 'diagnostics report)))
    (pcase code
      (0 (format "Tangled %s%s" (buffer-name)
                 (if diagnostics (format "; %s" (qvm-tangle--count diagnostics "warning")) "")))
      (1 (let ((errors (cl-remove "error" diagnostics :test-not #'equal
                                  :key (lambda (diagnostic) (alist-get 'severity diagnostic)))))
           (format "%s, nothing was written; first, at line %s: %s"
                   (qvm-tangle--count errors "error")
                   (alist-get 'line (alist-get 'place (car errors)))
                   (alist-get 'message (car errors)))))
      (3 (let ((kept (cl-find "edited-output" diagnostics :test #'equal
                              :key (lambda (diagnostic) (alist-get 'code diagnostic)))))
           (format "%s (M-x qvm-tangle-carry-back keeps the edit, C-u M-x qvm-tangle overwrites it)"
                   (alist-get 'message kept))))
      (_ (if diagnostics
             (alist-get 'message (car diagnostics))
           (qvm-tangle--plain-failure text))))))

(defun qvm-tangle--count (list noun)
  "Return the length of LIST with NOUN, such as \"2 errors\"."
  (format "%d %s%s" (length list) noun (if (cdr list) "s" "")))

;;;; Jumping

(defun qvm-tangle--mappings (arguments input)
  "Run \"map\" with ARGUMENTS and return the mappings it found.
With INPUT non-nil the current buffer's text is its standard input."
  (pcase-let* ((`(,code . ,text)
                (qvm-tangle--run `("map" "--format" "json" ,@arguments) input))
               (report (with-temp-buffer
                         (insert text)
                         (goto-char (point-min))
                         (qvm-tangle--parse-report))))
    (unless (and (eql code 0) report)
      (user-error "%s" (qvm-tangle--plain-message text)))
    (alist-get 'mappings report)))

(defun qvm-tangle--show-outputs (mappings)
  "Show the output lines of MAPPINGS as the matches of a search are shown."
  (let ((xrefs (mapcar
                (lambda (mapping)
                  (let ((output (alist-get 'output mapping)))
                    (xref-make (string-trim (alist-get 'text mapping))
                               (xref-make-file-location
                                (qvm-tangle--file output)
                                (alist-get 'line output)
                                (1- (alist-get 'column output))))))
                mappings)))
    (xref-push-marker-stack)
    (funcall xref-show-xrefs-function (lambda () xrefs)
             `((window . ,(selected-window))))))

;;;###autoload
(defun qvm-tangle-jump (&optional template)
  "Go from an Org line to an output line it made, or from an output line back.
In an Org document, show all output lines if several came from the cell
or block line at point.  In an output, with a prefix argument TEMPLATE,
go to the template's line instead of the document's."
  (interactive "P")
  (if (derived-mode-p 'org-mode)
      (qvm-tangle--jump-to-output)
    (qvm-tangle--jump-to-source template)))

(defun qvm-tangle--jump-to-output ()
  "Go to the output line made by the Org line at point, or show them all."
  (let ((mappings (if (buffer-modified-p)
                      (qvm-tangle--mappings
                       (list "--reverse" "--stdin-filename" (qvm-tangle--document)
                             "--" (concat "-:" (qvm-tangle--here)))
                       'input)
                    (qvm-tangle--mappings
                     (list "--reverse" "--" (concat (qvm-tangle--document) ":" (qvm-tangle--here)))
                     nil))))
    (cond ((null mappings) (user-error "Nothing is made from this line"))
          ((cdr mappings) (qvm-tangle--show-outputs mappings))
          (t (qvm-tangle--go (alist-get 'output (car mappings)))))))

(defun qvm-tangle--jump-to-source (template)
  "Go to the source of the output line at point, its TEMPLATE if non-nil."
  (when (buffer-modified-p)
    (user-error "Save this buffer first: its lines are looked up in the file"))
  (let* ((mapping (car (qvm-tangle--mappings
                        (list "--" (concat (qvm-tangle--name) ":" (qvm-tangle--here)))
                        nil)))
         (place (alist-get (if template 'template 'document) mapping)))
    (unless place
      (user-error "This line comes from no %s" (if template "template" "document")))
    (when (string-prefix-p "<built-in>/" (alist-get 'path place))
      (user-error "This line comes from the built-in template `%s', line %s"
                  (file-name-nondirectory (alist-get 'path place)) (alist-get 'line place)))
    (qvm-tangle--go place)))

;;;; Explaining

(defun qvm-tangle--code-at-point ()
  "Return the code of a diagnostic on this line, that at point first; or nil."
  (let ((found (append (flymake-diagnostics (point))
                       (flymake-diagnostics (line-beginning-position) (line-end-position)))))
    (cl-some (lambda (diagnostic)
               (let ((text (flymake-diagnostic-text diagnostic)))
                 (and (string-match "\\[\\([a-z0-9-]+\\)\\]\\(?:\n\\|\\'\\)" text)
                      (match-string 1 text))))
             found)))

(defun qvm-tangle--codes ()
  "Return the names of all diagnostics that the program knows."
  (mapcar (lambda (line) (car (split-string line)))
          (split-string (cdr (qvm-tangle--run '("explain"))) "\n" t)))

(defun qvm-tangle-explain (code)
  "Tell what the diagnostic named CODE means, with examples."
  (interactive (list (completing-read "Diagnostic: " (qvm-tangle--codes) nil t)))
  (pcase-let ((`(,exit . ,text) (qvm-tangle--run (list "explain" code))))
    (unless (eql exit 0)
      (user-error "%s" (qvm-tangle--plain-message text)))
    (with-help-window (get-buffer-create "*qvm-tangle explain*")
      (princ text)
      (with-current-buffer standard-output
        (qvm-tangle--fill-prose)))))

(defun qvm-tangle--fill-prose ()
  "Fill the paragraphs of this buffer, but for the examples between fences."
  (let ((start (point-min))
        (fill-column 72)
        (paragraph-start "[ \t]*$\\|- "))
    (goto-char start)
    (while (re-search-forward "^```" nil t)
      (save-excursion
        (fill-region start (line-beginning-position)))
      (re-search-forward "^```" nil 'move)
      (forward-line)
      (setq start (point)))
    (fill-region start (point-max))))

(defun qvm-tangle-explain-at-point ()
  "Tell what the diagnostic on this line means; ask which if there is none."
  (interactive)
  (let ((code (qvm-tangle--code-at-point)))
    (if code
        (qvm-tangle-explain code)
      (call-interactively #'qvm-tangle-explain))))

;;;; Fixing

(defun qvm-tangle--fixes (report unsafe)
  "Return the edits of REPORT in this buffer, the last one first.
Each is a list of start, end and new text.  With UNSAFE non-nil those
that may change what the document means are among them."
  (let (fixes)
    (dolist (diagnostic (alist-get 'diagnostics report))
      (let* ((fix (alist-get 'fix diagnostic))
             (place (alist-get 'place fix)))
        (when (and fix
                   (or unsafe (equal (alist-get 'applicability fix) "safe"))
                   (equal (qvm-tangle--file place) (expand-file-name buffer-file-name)))
          (push (list (qvm-tangle--position (alist-get 'line place) (alist-get 'column place))
                      (qvm-tangle--position (alist-get 'end_line place) (alist-get 'end_column place))
                      (alist-get 'text fix))
                fixes))))
    (sort fixes (lambda (a b) (> (car a) (car b))))))

(defun qvm-tangle--apply-fixes (fixes)
  "Make the edits FIXES, the last one first, and align their tables.
One that touches another is left for the next time.  Return how many
were made."
  (let ((after (1+ (point-max)))
        places)
    (atomic-change-group
      (save-excursion
        (dolist (fix fixes)
          (pcase-let ((`(,start ,end ,text) fix))
            (when (< end after)
              (delete-region start end)
              (goto-char start)
              (insert text)
              (push (copy-marker start) places)
              (setq after start))))
        (dolist (place places)
          (goto-char place)
          (when (org-at-table-p)
            (org-table-align)))))
    (length places)))

(defun qvm-tangle--fix (choose unsafe)
  "Check the buffer and make the edits that CHOOSE picks.
It is called with all of them; UNSAFE as for `qvm-tangle--fixes'."
  (let ((source (current-buffer))
        (tick (buffer-chars-modified-tick)))
    (qvm-tangle--check
     (lambda (_process)
       (let ((report (qvm-tangle--parse-report))
             (text (buffer-string)))
         (with-current-buffer source
           (cond
            ((null report)
             (message "%s" (qvm-tangle--plain-message text)))
            ((/= tick (buffer-chars-modified-tick))
             (message "The buffer has changed meanwhile: nothing was fixed"))
            (t
             (save-restriction
               (widen)
               (let ((fixes (funcall choose (qvm-tangle--fixes report unsafe))))
                 (message (if fixes "Made %s" "Nothing to fix")
                          (if fixes (qvm-tangle--edits (qvm-tangle--apply-fixes fixes)) ""))))))))))))

(defun qvm-tangle--edits (number)
  "Return NUMBER and the noun for edits."
  (format "%d %s" number (if (= number 1) "edit" "edits")))

(defun qvm-tangle-fix ()
  "Make the edit of the diagnostic on this line.
Of several the one nearest to point."
  (interactive)
  (let* ((here (point))
         (distance (lambda (fix) (abs (- here (car fix)))))
         (from (line-beginning-position))
         (to (line-end-position)))
    (qvm-tangle--fix
     (lambda (fixes)
       (let ((on-line (cl-remove-if-not (lambda (fix) (<= from (car fix) to)) fixes)))
         (and on-line
              (list (car (sort on-line (lambda (a b)
                                         (< (funcall distance a) (funcall distance b)))))))))
     'unsafe)))

(defun qvm-tangle-fix-all (&optional unsafe)
  "Make the edits of all diagnostics that need no look at them.
With a prefix argument UNSAFE also those that may change what the
document means."
  (interactive "P")
  (qvm-tangle--fix #'identity unsafe))

;;;; Comparing

(defun qvm-tangle-diff ()
  "Show how the outputs on disk differ from what this buffer gives."
  (interactive)
  (let* ((source (current-buffer))
         (default-directory (or (qvm-tangle--root) default-directory))
         (root default-directory))
    (qvm-tangle--check
     (lambda (process)
       (let ((report (qvm-tangle--parse-report))
             (text (buffer-string))
             (code (process-exit-status process)))
         (with-current-buffer source
           (pcase code
             (3 (qvm-tangle--show-differences (alist-get 'changes report) root))
             (0 (message "The outputs are what %s gives" (buffer-name)))
             (_ (message "%s" (qvm-tangle--outcome code report text))))))))))

(defun qvm-tangle--show-differences (differences directory)
  "Show DIFFERENCES between outputs and document, from a report.
Its paths are relative to DIRECTORY."
  (let ((buffer (get-buffer-create "*qvm-tangle diff*")))
    (with-current-buffer buffer
      (let ((inhibit-read-only t))
        (erase-buffer)
        (dolist (change differences)
          (insert (qvm-tangle--change-title change) "\n" (alist-get 'diff change))
          (unless (bolp)
            (insert "\n"))))
      (diff-mode)
      ;; Lines stand in the order of their characters, so that none reads
      ;; as what it is not.
      (setq default-directory directory
            bidi-display-reordering nil
            buffer-read-only t)
      (goto-char (point-min)))
    (display-buffer buffer)))

(defun qvm-tangle--change-title (change)
  "Return the line above the diff of CHANGE."
  (let ((modes (alist-get 'modes change)))
    (format "# %s: %s%s" (alist-get 'path change) (alist-get 'kind change)
            (if modes
                (format ", %s should be %s" (car modes) (cadr modes))
              ""))))

;;;; Carrying back

(defun qvm-tangle--edited-output ()
  "Return the output that was edited: this buffer's, else one that you name."
  (if (derived-mode-p 'org-mode)
      (read-file-name "Carry back the edits of output: " (qvm-tangle--root) nil t)
    (or buffer-file-name
        (user-error "This buffer visits no file"))))

(defun qvm-tangle-carry-back (file)
  "Carry the edits of output FILE back into its document and templates.
FILE is the one that this buffer visits; in a document you are asked for it.
What would change is shown as a patch first."
  (interactive (list (qvm-tangle--edited-output)))
  (let ((name (file-local-name (expand-file-name file))))
    (save-some-buffers nil (lambda ()
                             (or (derived-mode-p 'org-mode)
                                 (and buffer-file-name (file-equal-p buffer-file-name file)))))
    (pcase-let ((`(,code . ,text) (qvm-tangle--run (list "detangle" name))))
      (cond
       ((not (eql code 0)) (user-error "%s" (qvm-tangle--plain-message text)))
       ((not (string-match-p "^--- " text)) (message "%s" (qvm-tangle--plain-message text)))
       ((qvm-tangle--agreed-p text)
        (pcase-let ((`(,code . ,text) (qvm-tangle--run (list "detangle" "--write" name))))
          (unless (eql code 0)
            (user-error "%s" (qvm-tangle--plain-message text)))
          (qvm-tangle--show-changed-files)
          (message "%s" (qvm-tangle--plain-message text))))))))

(defun qvm-tangle--agreed-p (patch)
  "Show PATCH and ask whether its edits are to be made."
  (let ((buffer (get-buffer-create "*qvm-tangle carry back*")))
    (with-current-buffer buffer
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert patch))
      (diff-mode)
      (setq bidi-display-reordering nil
            buffer-read-only t)
      (goto-char (point-min)))
    (save-window-excursion
      (display-buffer buffer)
      (y-or-n-p "Make these edits of the document and its templates? "))))

(defun qvm-tangle--show-changed-files ()
  "Show what is on disk in buffers of files that were written meanwhile."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and buffer-file-name
                 (not (buffer-modified-p))
                 (not (verify-visited-file-modtime buffer))
                 (file-exists-p buffer-file-name))
        (revert-buffer t t t)))))

;;;; The whole project

(defun qvm-tangle--root ()
  "Return the folder of the nearest \"qvm-tangle.toml\", or nil."
  (locate-dominating-file default-directory "qvm-tangle.toml"))

(defun qvm-tangle--compile (&rest arguments)
  "Run the program with ARGUMENTS on the whole project, as `compile' does."
  (let ((root (or (qvm-tangle--root)
                  (user-error "There is no qvm-tangle.toml above this file"))))
    (save-some-buffers (not compilation-ask-about-save)
                       (lambda () (file-in-directory-p default-directory root)))
    ;; Outputs that are just being written would count as different.
    (while (qvm-tangle--writing-p)
      (accept-process-output nil 0.1))
    (let ((default-directory root)
          (compilation-save-buffers-predicate #'ignore))
      (compile (mapconcat #'shell-quote-argument
                          (qvm-tangle--command (append arguments '("--format" "short")))
                          " ")))))

(defun qvm-tangle-check-project ()
  "Check all documents of the project and their outputs."
  (interactive)
  (qvm-tangle--compile "check"))

(defun qvm-tangle-lint-project ()
  "Run the checkers of all outputs and show their diagnostics at the source."
  (interactive)
  (qvm-tangle--compile "lint"))

(defconst qvm-tangle--error-regexp
  '(qvm-tangle
    "^\\([^ \t\n:][^:\n]*\\):\\([0-9]+\\):\\([0-9]+\\): \\(?:error\\|\\(warning\\)\\)\\[[a-z0-9-]+\\]: "
    1 2 3 (4))
  "How `compilation-mode' reads the program's short format.")

(add-to-list 'compilation-error-regexp-alist-alist qvm-tangle--error-regexp)
(add-to-list 'compilation-error-regexp-alist 'qvm-tangle)

;;;; The modes

(defvar qvm-tangle-command-map
  (let ((map (make-sparse-keymap)))
    (define-key map "t" #'qvm-tangle)
    (define-key map "j" #'qvm-tangle-jump)
    (define-key map "e" #'qvm-tangle-explain-at-point)
    (define-key map "f" #'qvm-tangle-fix)
    (define-key map "F" #'qvm-tangle-fix-all)
    (define-key map "d" #'qvm-tangle-diff)
    (define-key map "b" #'qvm-tangle-carry-back)
    (define-key map "c" #'qvm-tangle-check-project)
    (define-key map "l" #'qvm-tangle-lint-project)
    map)
  "The commands of `qvm-tangle-mode', below `qvm-tangle-keymap-prefix'.")
(fset 'qvm-tangle-command-map qvm-tangle-command-map)

(defvar qvm-tangle-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd qvm-tangle-keymap-prefix) 'qvm-tangle-command-map)
    map)
  "Keys of `qvm-tangle-mode'.")

(easy-menu-define qvm-tangle-menu qvm-tangle-mode-map
  "Menu of `qvm-tangle-mode'."
  '("Tangle"
    ["Save and Tangle" qvm-tangle :active (derived-mode-p 'org-mode)]
    ["Go to Output" qvm-tangle-jump :visible (derived-mode-p 'org-mode)]
    ["Go to Document" qvm-tangle-jump :visible (not (derived-mode-p 'org-mode))]
    ["Explain Diagnostic" qvm-tangle-explain-at-point :active (derived-mode-p 'org-mode)]
    ["Fix Diagnostic" qvm-tangle-fix :active (derived-mode-p 'org-mode)]
    ["Fix All" qvm-tangle-fix-all :active (derived-mode-p 'org-mode)]
    ["Show Differences" qvm-tangle-diff :active (derived-mode-p 'org-mode)]
    ["Carry Edits of Output Back..." qvm-tangle-carry-back]
    "---"
    ["Check Project" qvm-tangle-check-project]
    ["Lint Project" qvm-tangle-lint-project]
    ["Trust This Folder..." qvm-tangle-trust]
    "---"
    ["Tangle on Save" qvm-tangle-toggle-on-save
     :style toggle :selected (qvm-tangle--wanted-on-save)
     :active (and (derived-mode-p 'org-mode) (not (qvm-tangle--auto-tangle-keyword)))]
    ["Customize" (customize-group 'qvm-tangle)]))

(defun qvm-tangle-toggle-on-save ()
  "Change whether saving this document renews its outputs."
  (interactive)
  (setq-local qvm-tangle-on-save (not qvm-tangle-on-save))
  (message "Saving %s its outputs"
           (if (qvm-tangle--wanted-on-save) "renews" "no longer renews")))

(defun qvm-tangle--lighter ()
  "Return the mode line's word: `*' while writing, `!' if that failed."
  (concat " Tangle"
          (cond ((qvm-tangle--writing-p) "*")
                ((memq qvm-tangle--state '(nil 0)) "")
                (t "!"))))

;;;###autoload
(define-minor-mode qvm-tangle-mode
  "Check this Org document while it is written, and tangle it when saved.
In an output of a document, the same keys lead back to the document.

\\{qvm-tangle-mode-map}"
  :lighter (:eval (qvm-tangle--lighter))
  (cond
   ((not qvm-tangle-mode)
    (remove-hook 'after-save-hook #'qvm-tangle--after-save t)
    (remove-hook 'flymake-diagnostic-functions #'qvm-tangle-flymake t)
    (when (bound-and-true-p flymake-mode)
      (flymake-start)))
   ((and buffer-file-name (derived-mode-p 'org-mode))
    (add-hook 'after-save-hook #'qvm-tangle--after-save nil t)
    (add-hook 'flymake-diagnostic-functions #'qvm-tangle-flymake nil t)
    (when qvm-tangle-use-flymake
      (flymake-mode)))
   ((not (qvm-tangle--output-p))
    (setq qvm-tangle-mode nil)
    (user-error "This buffer is no Org document with a file, and no output of one"))))

(defun qvm-tangle--output-p ()
  "Return non-nil if this file is an output, as its lock file has it."
  (when-let* ((file buffer-file-name)
              (folder (locate-dominating-file file "qvm-tangle.lock"))
              (name (file-relative-name file folder)))
    (with-temp-buffer
      (let ((lock (expand-file-name "qvm-tangle.lock" folder)))
        (when (qvm-tangle--small-file-p lock)
          (insert-file-contents lock nil 0 qvm-tangle--largest-file)))
      (re-search-forward (concat "^" (regexp-quote (format "%S = {" name))) nil t))))

(defvar qvm-tangle--hinted nil
  "Folders without a configuration that were told of, once each.")

(defun qvm-tangle--hint ()
  "Say once why nothing happens in a document with something to tangle."
  (unless (member default-directory qvm-tangle--hinted)
    (when (save-excursion
            (save-restriction
              (widen)
              (goto-char (point-min))
              (let ((case-fold-search t))
                (re-search-forward "^[ \t]*\\(?:#\\+begin_src .*:tangle \\|#\\+property: +header-args.*:tangle \\||.*\\_<Guest\\_>.*\\_<TAP\\_>\\)" nil t))))
      (push default-directory qvm-tangle--hinted)
      (message "There is no qvm-tangle.toml above %s: M-x qvm-tangle-init writes one"
               (abbreviate-file-name buffer-file-name)))))

(defun qvm-tangle--turn-on ()
  "Turn on `qvm-tangle-mode' in a document of a project, and in its outputs."
  (when buffer-file-name
    (cond
     ((if (derived-mode-p 'org-mode) (qvm-tangle--root) (qvm-tangle--output-p))
      (qvm-tangle-mode))
     ((derived-mode-p 'org-mode)
      (qvm-tangle--hint)))))

;;;###autoload
(defun qvm-tangle-init ()
  "Write a \"qvm-tangle.toml\" for the Org documents of this folder."
  (interactive)
  (qvm-tangle--document)
  (pcase-let ((`(,exit . ,text) (qvm-tangle--run '("init" "documents"))))
    (unless (eql exit 0)
      (user-error "%s" (qvm-tangle--plain-message text))))
  (qvm-tangle-mode)
  (message "Wrote %s" (abbreviate-file-name (expand-file-name "qvm-tangle.toml"))))

;;;###autoload
(define-globalized-minor-mode global-qvm-tangle-mode
  qvm-tangle-mode qvm-tangle--turn-on)

(provide 'qvm-tangle)
;;; qvm-tangle.el ends here
