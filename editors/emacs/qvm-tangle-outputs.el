;;; qvm-tangle-outputs.el --- Goes from documents to outputs and back  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; Jumping between a cell and the lines it makes, comparing outputs with
;; the document, carrying their edits back.

;;; Code:

(require 'autorevert)
(require 'cl-lib)
(require 'diff-mode)
(require 'subr-x)
(require 'xref)
(require 'qvm-tangle-program)

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

;;;; Showing outputs

(defvar-local qvm-tangle--made-read-only nil
  "Whether this output is read-only because the mode has made it so.")

(defvar-local qvm-tangle--made-from nil
  "The document that made this output, as the lock file names it.")

(defvar-local qvm-tangle--made-follow nil
  "Whether this output follows its file because the mode has made it so.")

;; The major mode that is set after the mode is on must not forget them.
(put 'qvm-tangle--made-read-only 'permanent-local t)
(put 'qvm-tangle--made-follow 'permanent-local t)

(defun qvm-tangle--show-output ()
  "Show this output read-only and as it is on disk, with a way back."
  (when (and qvm-tangle-read-only-outputs (not buffer-read-only))
    (setq qvm-tangle--made-read-only t)
    (read-only-mode))
  (when (and qvm-tangle-revert-outputs
             (not (bound-and-true-p auto-revert-mode))
             (not (file-remote-p buffer-file-name)))
    (setq qvm-tangle--made-follow t)
    (setq-local auto-revert-verbose nil)
    (auto-revert-mode))
  (setq qvm-tangle--made-from (qvm-tangle--origin buffer-file-name))
  (unless header-line-format
    (setq header-line-format '(:eval (qvm-tangle--header))))
  (add-hook 'after-save-hook #'qvm-tangle--output-saved nil t))

(defun qvm-tangle--leave-output ()
  "Take back what `qvm-tangle--show-output' did."
  (when qvm-tangle--made-read-only
    (setq qvm-tangle--made-read-only nil)
    (read-only-mode -1))
  (when qvm-tangle--made-follow
    (setq qvm-tangle--made-follow nil)
    (kill-local-variable 'auto-revert-verbose)
    (auto-revert-mode -1))
  (when (equal header-line-format '(:eval (qvm-tangle--header)))
    (setq header-line-format nil))
  (remove-hook 'after-save-hook #'qvm-tangle--output-saved t))

(defun qvm-tangle--header ()
  "Return the line above an output: where it is from, and what can be done."
  ;; The name comes with the folder: nothing in it may mean anything here.
  (let ((document (replace-regexp-in-string
                   "[[:cntrl:]%]" "?" (file-name-nondirectory (or qvm-tangle--made-from "")) t t)))
    (concat " Made from " document ": "
            (substitute-command-keys
             (if buffer-read-only
                 "\\[qvm-tangle-jump] goes there, \\[read-only-mode] lets you edit"
               "\\[qvm-tangle-carry-back] carries your edit there")))))

(defun qvm-tangle--output-saved ()
  "Tell what to do about an output that was edited by hand."
  (message "Edited by hand: %s carries the edit back into the document"
           (substitute-command-keys "\\[qvm-tangle-carry-back]")))

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
  "Show what is on disk in buffers of the project whose files were written."
  (let ((root (or (qvm-tangle--root) default-directory)))
    (dolist (buffer (buffer-list))
      (let ((file (buffer-file-name buffer)))
        (when (and file (file-in-directory-p file root))
          (qvm-tangle--show-newer buffer))))))

(provide 'qvm-tangle-outputs)
;;; qvm-tangle-outputs.el ends here
