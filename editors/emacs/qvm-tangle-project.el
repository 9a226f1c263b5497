;;; qvm-tangle-project.el --- Checks the whole project  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; What the program says of all documents of a project, in a compilation
;; buffer whose lines lead to their places.

;;; Code:

(require 'compile)
(require 'qvm-tangle-program)

;;;; Its beginning

;;;###autoload
(defun qvm-tangle-init ()
  "Write a \"qvm-tangle.toml\" for the Org documents of this folder."
  (interactive)
  (qvm-tangle--document)
  (pcase-let ((`(,exit . ,text) (qvm-tangle--run '("init" "documents"))))
    (unless (eql exit 0)
      (user-error "%s" (qvm-tangle--plain-message text))))
  (let ((root default-directory))
    (dolist (buffer (buffer-list))
      (with-current-buffer buffer
        (when (and buffer-file-name
                   (derived-mode-p 'org-mode)
                   (not qvm-tangle-mode)
                   (file-in-directory-p buffer-file-name root))
          (qvm-tangle-mode)))))
  (message "Wrote %s" (abbreviate-file-name (expand-file-name "qvm-tangle.toml"))))

;;;; The whole project

(defun qvm-tangle--compile (&rest arguments)
  "Run the program with ARGUMENTS on the whole project, as `compile' does."
  (let ((root (or (qvm-tangle--root)
                  (user-error "There is no qvm-tangle.toml above this file: M-x qvm-tangle-init writes one"))))
    (save-some-buffers (not compilation-ask-about-save)
                       (lambda () (file-in-directory-p default-directory root)))
    ;; Outputs that are just being written would count as different.
    (while (qvm-tangle--writing-p)
      (accept-process-output qvm-tangle--writing 0.1))
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

(provide 'qvm-tangle-project)
;;; qvm-tangle-project.el ends here
