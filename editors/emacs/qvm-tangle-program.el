;;; qvm-tangle-program.el --- Runs the program, and reads what it says  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; Every command of the package is a run of the program on the document's
;; host: in the background, or waited for.  What it prints are reports in
;; JSON, whose places are lines and columns.

;;; Code:

(require 'cl-lib)
(require 'json)
(require 'subr-x)
(require 'xref)
(require 'qvm-tangle)

(declare-function org-invisible-p "org" (&optional pos folding-only))
(declare-function org-reveal "org" (&optional siblings))

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

;;;; What it says

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

(defun qvm-tangle--plain-failure (text)
  "Return what the program said in TEXT when it could not do its job."
  (let ((words (qvm-tangle--plain-message text)))
    (if (string-match-p "`qvm-tangle trust" words)
        (concat "M-x qvm-tangle-trust shows what is asked for, and can allow it.  " words)
      words)))

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

;;;; The document

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

(defun qvm-tangle--show-newer (buffer)
  "Show what is on disk in BUFFER, unless it has edits of its own."
  (with-current-buffer buffer
    (unless (or (buffer-modified-p)
                (verify-visited-file-modtime buffer)
                (not (file-exists-p buffer-file-name)))
      (let ((read-only buffer-read-only))
        (revert-buffer t t t)
        (setq buffer-read-only read-only)))))

(defun qvm-tangle--go (place)
  "Show the file of PLACE and put point there."
  (let* ((file (qvm-tangle--file place))
         (buffer (or (find-buffer-visiting file)
                     (if (file-exists-p file)
                         (find-file-noselect file)
                       (user-error "There is no file %s" file)))))
    (xref-push-marker-stack)
    (pop-to-buffer-same-window buffer)
    (qvm-tangle--show-newer buffer)
    (let ((position (save-restriction
                      (widen)
                      (qvm-tangle--position (alist-get 'line place)
                                            (alist-get 'column place)))))
      (unless (<= (point-min) position (point-max))
        (widen))
      (goto-char position))
    (when (and (derived-mode-p 'org-mode) (org-invisible-p))
      (org-reveal))))

(provide 'qvm-tangle-program)
;;; qvm-tangle-program.el ends here
