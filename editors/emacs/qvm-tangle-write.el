;;; qvm-tangle-write.el --- Renews the outputs of a document  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; Saving a document renews its outputs in the background, in folders for
;; which the person has said so.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'qvm-tangle-program)

(declare-function org-babel-tangle "ob-tangle" (&optional arg target-file lang-re))

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

;;;; Tangling

(defvar-local qvm-tangle--again nil
  "Whether the document was saved while its outputs were being written.")

(defvar qvm-tangle--by-hand nil
  "Non-nil while a command saves the document that it will tangle itself.")

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
  (when qvm-tangle-revert-outputs
    (qvm-tangle--show-written report))
  (message "%s" (qvm-tangle--outcome code report text))
  (run-hook-with-args 'qvm-tangle-after-functions code)
  (when qvm-tangle--again
    (qvm-tangle--tangle (eq qvm-tangle--again 'force))))

(defun qvm-tangle--show-written (report)
  "Show what is on disk in the buffers of outputs that REPORT names."
  (dolist (change (alist-get 'changes report))
    (when-let* ((buffer (find-buffer-visiting (qvm-tangle--file change))))
      (qvm-tangle--show-newer buffer))))

;;;; Instead of Org

(defun qvm-tangle--has-out-dir-p ()
  "Return non-nil if the project's outputs are not beside its documents."
  (when-let* ((root (qvm-tangle--root))
              (config (expand-file-name "qvm-tangle.toml" root))
              ((qvm-tangle--small-file-p config)))
    (with-temp-buffer
      (insert-file-contents config)
      (re-search-forward "^[ \t]*[\"']?out-dir[\"']?[ \t]*=" nil t))))

(defun qvm-tangle-instead-of-org ()
  "Run `qvm-tangle' where `org-babel-tangle' would write second copies.
`qvm-tangle-replace-org-tangle' says whether you are asked first."
  (interactive)
  (if (and (qvm-tangle--has-out-dir-p) (qvm-tangle--instead-of-org-p))
      (qvm-tangle)
    (call-interactively #'org-babel-tangle)))

(defun qvm-tangle--instead-of-org-p ()
  "Return non-nil if `qvm-tangle' is to run; ask, and keep an answer for good."
  (if (not (eq qvm-tangle-replace-org-tangle 'ask))
      qvm-tangle-replace-org-tangle
    (pcase (car (read-multiple-choice
                 "Org writes beside the document, qvm-tangle to its out-dir. Let qvm-tangle do it?"
                 '((?y "yes" "Only this time")
                   (?n "no" "Let Org write this time")
                   (?a "always" "Whenever Org's keys are typed in such a document")
                   (?o "Org always" "Never ask again"))))
      (?y t)
      (?n nil)
      (?a (qvm-tangle--keep-answer t) t)
      (?o (qvm-tangle--keep-answer nil) nil))))

(defun qvm-tangle--keep-answer (value)
  "Set `qvm-tangle-replace-org-tangle' to VALUE, for later sessions as well."
  (if (or (not user-init-file) (not init-file-user))
      (setq qvm-tangle-replace-org-tangle value)
    (customize-save-variable 'qvm-tangle-replace-org-tangle value)))

;;;; Switching

(defun qvm-tangle-toggle-on-save ()
  "Change whether saving this document renews its outputs."
  (interactive)
  (setq-local qvm-tangle-on-save (not qvm-tangle-on-save))
  (message "Saving %s its outputs"
           (if (qvm-tangle--wanted-on-save) "renews" "no longer renews")))

(provide 'qvm-tangle-write)
;;; qvm-tangle-write.el ends here
