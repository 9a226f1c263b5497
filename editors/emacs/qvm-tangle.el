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
;;   type; the text checked is the buffer's, saved or not.  One key
;;   explains the diagnostic at point, another one fixes it.
;; - ElDoc tells what becomes of the cell, guest or reference at point,
;;   and `completion-at-point' offers what can stand there.
;; - Saving the document renews its outputs, in the background.
;; - `qvm-tangle-jump' goes from a cell or block line to the output
;;   lines it made, and from an output line back to its source.
;; - Outputs are shown read-only, and as they are on disk.
;;   `qvm-tangle-carry-back' carries a hand edit of any output back into
;;   the document and its templates, after showing what changes.
;; - `qvm-tangle-diff' shows how the outputs differ from the document.
;;
;; To have it in all Org documents below a folder with a file
;; "qvm-tangle.toml":
;;
;;     (add-to-list 'load-path "/path/to/editors/emacs")
;;     (require 'qvm-tangle)
;;     (global-qvm-tangle-mode)
;;
;; Loading this file loads nothing else: the other files of the package
;; are loaded when they are needed.
;;
;; In other Org documents the keys are there: `qvm-tangle-init' writes a
;; "qvm-tangle.toml", and M-x qvm-tangle-mode does without.
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
;; Where Eglot has the program as its server for a document, diagnostics,
;; hover and completion are Eglot's, and all the rest is ours.
;;
;; Documents on other hosts (TRAMP) are checked and tangled there, so
;; the program must be installed there.

;;; Code:

(require 'easymenu)
(eval-when-compile (require 'subr-x))

(autoload 'qvm-tangle "qvm-tangle-write" nil t)
(autoload 'qvm-tangle-ask-again "qvm-tangle-write" nil t)
(autoload 'qvm-tangle-trust "qvm-tangle-write" nil t)
(autoload 'qvm-tangle-toggle-on-save "qvm-tangle-write" nil t)
(autoload 'qvm-tangle-instead-of-org "qvm-tangle-write" nil t)
(autoload 'qvm-tangle--after-save "qvm-tangle-write")
(autoload 'qvm-tangle--auto-tangle-keyword "qvm-tangle-write")
(autoload 'qvm-tangle--wanted-on-save "qvm-tangle-write")
(autoload 'qvm-tangle-explain "qvm-tangle-diagnostics" nil t)
(autoload 'qvm-tangle-explain-at-point "qvm-tangle-diagnostics" nil t)
(autoload 'qvm-tangle-fix "qvm-tangle-diagnostics" nil t)
(autoload 'qvm-tangle-fix-all "qvm-tangle-diagnostics" nil t)
(autoload 'qvm-tangle-flymake "qvm-tangle-diagnostics")
(autoload 'qvm-tangle-jump "qvm-tangle-outputs" nil t)
(autoload 'qvm-tangle-diff "qvm-tangle-outputs" nil t)
(autoload 'qvm-tangle-carry-back "qvm-tangle-outputs" nil t)
(autoload 'qvm-tangle--show-output "qvm-tangle-outputs")
(autoload 'qvm-tangle--leave-output "qvm-tangle-outputs")
(autoload 'qvm-tangle-eldoc "qvm-tangle-server")
(autoload 'qvm-tangle-completion-at-point "qvm-tangle-server")
(autoload 'qvm-tangle-check-project "qvm-tangle-project" nil t)
(autoload 'qvm-tangle-lint-project "qvm-tangle-project" nil t)
(autoload 'qvm-tangle-init "qvm-tangle-project" nil t)

(declare-function eglot-current-server "eglot" ())
(declare-function eglot-managed-p "eglot" ())
(declare-function slot-value "eieio" (object slot))
(declare-function flymake-start "flymake" (&optional deferred force))

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

(defcustom qvm-tangle-use-server t
  "Whether ElDoc and completion ask \"qvm-tangle lsp\".
It runs while a document of its project is visited, and writes nothing."
  :type 'boolean
  :safe #'booleanp)

(defcustom qvm-tangle-read-only-outputs t
  "Whether outputs are shown read-only.
\\[read-only-mode] lets you edit one; what you have saved there,
`qvm-tangle-carry-back' carries back into the document."
  :type 'boolean
  :safe #'booleanp)

(defcustom qvm-tangle-revert-outputs t
  "Whether buffers of outputs follow the files, whoever writes them."
  :type 'boolean
  :safe #'booleanp)

(defcustom qvm-tangle-replace-org-tangle 'ask
  "Whether the keys of `org-babel-tangle' run `qvm-tangle' in a document.
It matters where \"qvm-tangle.toml\" has an \"out-dir\": Org knows nothing
of that and writes second copies beside the document.  In other
documents the keys are Org's."
  :type '(choice (const :tag "Ask" ask) (const :tag "Yes" t) (const :tag "No" nil))
  :safe #'symbolp)

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

;;;; The project

(defun qvm-tangle--root ()
  "Return the folder of the nearest \"qvm-tangle.toml\", or nil."
  (locate-dominating-file default-directory "qvm-tangle.toml"))

(defconst qvm-tangle--largest-file (* 64 1024 1024)
  "How large a file may be that this package reads by itself.")

(defun qvm-tangle--small-file-p (file)
  "Return non-nil if FILE is a regular file of bounded size, and no link."
  (when-let* ((attributes (file-attributes file)))
    ;; The type is nil for a FIFO and a device as well.
    (and (eq ?- (aref (file-attribute-modes attributes) 0))
         (<= (file-attribute-size attributes) qvm-tangle--largest-file))))

(defun qvm-tangle--origin (file)
  "Return the name of the document that made FILE, or nil if none did.
It is what the nearest \"qvm-tangle.lock\" above FILE says."
  (when-let* ((folder (locate-dominating-file file "qvm-tangle.lock"))
              (lock (expand-file-name "qvm-tangle.lock" folder))
              ((qvm-tangle--small-file-p lock)))
    (with-temp-buffer
      (insert-file-contents lock nil 0 qvm-tangle--largest-file)
      (when (re-search-forward
             (concat "^" (regexp-quote (format "%S = {" (file-relative-name file folder)))
                     "\\(?:.* origin = \"\\([^\"\n]*\\)\"\\)?")
             nil t)
        (or (match-string 1) "")))))

;;;; Keys and menu

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
    (define-key map "i" #'qvm-tangle-init)
    map)
  "The commands of `qvm-tangle-mode', below `qvm-tangle-keymap-prefix'.")
(fset 'qvm-tangle-command-map qvm-tangle-command-map)

(defun qvm-tangle--prefix-map ()
  "Return a new map that has the commands below their prefix."
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd qvm-tangle-keymap-prefix) 'qvm-tangle-command-map)
    map))

(defvar qvm-tangle-mode-map
  (let ((map (qvm-tangle--prefix-map)))
    (define-key map [remap org-babel-tangle] #'qvm-tangle-instead-of-org)
    map)
  "Keys of `qvm-tangle-mode'.")

(defvar qvm-tangle-outside-mode-map (qvm-tangle--prefix-map)
  "Keys of `qvm-tangle-outside-mode'.")

(easy-menu-define qvm-tangle-menu (list qvm-tangle-mode-map qvm-tangle-outside-mode-map)
  "Menu of `qvm-tangle-mode'."
  '("Tangle"
    ["Begin a Project Here" qvm-tangle-init :visible qvm-tangle-outside-mode]
    ["Save and Tangle" qvm-tangle :active (derived-mode-p 'org-mode)]
    ["Go to Output" qvm-tangle-jump :visible (derived-mode-p 'org-mode)]
    ["Go to Document" qvm-tangle-jump :visible (not (derived-mode-p 'org-mode))]
    ["Explain Diagnostic" qvm-tangle-explain-at-point :active (derived-mode-p 'org-mode)]
    ["Fix Diagnostic" qvm-tangle-fix :active (derived-mode-p 'org-mode)]
    ["Fix All" qvm-tangle-fix-all :active (derived-mode-p 'org-mode)]
    ["Show Differences" qvm-tangle-diff :active (derived-mode-p 'org-mode)]
    ["Carry Edits of Output Back..." qvm-tangle-carry-back]
    "---"
    ["Check Project" qvm-tangle-check-project :active (qvm-tangle--root)]
    ["Lint Project" qvm-tangle-lint-project :active (qvm-tangle--root)]
    ["Trust This Folder..." qvm-tangle-trust]
    "---"
    ["Tangle on Save" qvm-tangle-toggle-on-save
     :style toggle :selected (and qvm-tangle-mode (qvm-tangle--wanted-on-save))
     :active (and qvm-tangle-mode (derived-mode-p 'org-mode)
                  (not (qvm-tangle--auto-tangle-keyword)))]
    ["Customize" (customize-group 'qvm-tangle)]))

;;;; The mode of documents and outputs

(defvar-local qvm-tangle--writing nil
  "The last run that writes the outputs of this document, or nil.")

(defvar-local qvm-tangle--state nil
  "How the last run that wrote outputs ended: its exit code, or nil.")

(defun qvm-tangle--writing-p ()
  "Return non-nil until the outcome of a writing run has been told.
Its process can end before that; its buffer is killed after that."
  (and qvm-tangle--writing
       (buffer-live-p (process-buffer qvm-tangle--writing))))

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
    (if (derived-mode-p 'org-mode)
        (qvm-tangle--leave-document)
      (qvm-tangle--leave-output)))
   ((and buffer-file-name (derived-mode-p 'org-mode))
    (qvm-tangle--show-document))
   ((and buffer-file-name (qvm-tangle--origin buffer-file-name))
    (qvm-tangle--show-output))
   (t
    (setq qvm-tangle-mode nil)
    (user-error "This buffer is no Org document with a file, and no output of one"))))

(defun qvm-tangle--show-document ()
  "Check and complete this document, and tangle it when it is saved."
  (qvm-tangle-outside-mode -1)
  (add-hook 'after-save-hook #'qvm-tangle--after-save nil t)
  (add-hook 'eglot-managed-mode-hook #'qvm-tangle--share nil t)
  (qvm-tangle--share)
  (when qvm-tangle-use-flymake
    (flymake-mode))
  (when (and qvm-tangle-use-server (bound-and-true-p global-eldoc-mode))
    (eldoc-mode)))

(defun qvm-tangle--leave-document ()
  "Take back what `qvm-tangle--show-document' did."
  (remove-hook 'after-save-hook #'qvm-tangle--after-save t)
  (remove-hook 'eglot-managed-mode-hook #'qvm-tangle--share t)
  (qvm-tangle--share)
  (when (bound-and-true-p flymake-mode)
    (flymake-start)))

(defun qvm-tangle--share ()
  "Serve Flymake, ElDoc and completion, unless Eglot does so for us."
  (let ((serves (and qvm-tangle-mode (not (qvm-tangle--eglot-p)))))
    (dolist (place `((flymake-diagnostic-functions qvm-tangle-flymake ,serves)
                     (eldoc-documentation-functions qvm-tangle-eldoc
                                                    ,(and serves qvm-tangle-use-server))
                     (completion-at-point-functions qvm-tangle-completion-at-point
                                                    ,(and serves qvm-tangle-use-server))))
      (if (nth 2 place)
          (add-hook (nth 0 place) (nth 1 place) nil t)
        (remove-hook (nth 0 place) (nth 1 place) t)))))

(defun qvm-tangle--eglot-p ()
  "Return non-nil if Eglot manages this buffer with our server."
  (and (fboundp 'eglot-managed-p)
       (eglot-managed-p)
       ;; Eglot has no function for it; the compiler would look for the slot.
       (let ((slot 'server-info))
         (equal "qvm-tangle"
                (plist-get (ignore-errors (slot-value (eglot-current-server) slot)) :name)))))

;;;; The mode of other documents

(defvar-local qvm-tangle--wants-project nil
  "Whether this document has something that a project would tangle.")

(define-minor-mode qvm-tangle-outside-mode
  "The keys of `qvm-tangle-mode' in a document without \"qvm-tangle.toml\".
Nothing happens by itself.  `qvm-tangle-init' begins a project.

\\{qvm-tangle-outside-mode-map}"
  :lighter (qvm-tangle--wants-project
            (:propertize
             " Tangle?"
             help-echo "There is no qvm-tangle.toml above this document\nmouse-1: write one"
             mouse-face mode-line-highlight
             local-map (keymap (mode-line keymap (mouse-1 . qvm-tangle-init)))))
  (setq qvm-tangle--wants-project
        (and qvm-tangle-outside-mode (qvm-tangle--wants-project-p)))
  (when qvm-tangle--wants-project
    (qvm-tangle--hint)))

(defun qvm-tangle--wants-project-p ()
  "Return non-nil if this document names targets or has a table of guests."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (let ((case-fold-search t))
        (re-search-forward
         (concat "^[ \t]*\\(?:#\\+begin_src .*:tangle "
                 "\\|#\\+property: +header-args.*:tangle "
                 "\\|:header-args.*:tangle "
                 "\\||.*\\_<Guest\\_>.*\\_<TAP\\_>\\)")
         nil t)))))

(defvar qvm-tangle--hinted nil
  "Folders without a configuration that were told of, once each.")

(defun qvm-tangle--hint ()
  "Say once in a folder why nothing happens here."
  (unless (member default-directory qvm-tangle--hinted)
    (push default-directory qvm-tangle--hinted)
    (message "There is no qvm-tangle.toml above %s, so nothing is checked or tangled: %s writes one"
             (abbreviate-file-name buffer-file-name)
             (substitute-command-keys "\\[qvm-tangle-init]"))))

;;;; Everywhere

(defun qvm-tangle--turn-on ()
  "Turn on `qvm-tangle-mode' in a document of a project, and in its outputs.
Other documents get the keys."
  (when buffer-file-name
    (cond
     ((derived-mode-p 'org-mode)
      (if (qvm-tangle--root)
          (qvm-tangle-mode)
        (qvm-tangle-outside-mode)))
     ((qvm-tangle--origin buffer-file-name)
      (qvm-tangle-mode)))))

;;;###autoload
(define-globalized-minor-mode global-qvm-tangle-mode
  qvm-tangle-mode qvm-tangle--turn-on)

(defun qvm-tangle--turn-off-outside ()
  "Turn off `qvm-tangle-outside-mode' everywhere."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when qvm-tangle-outside-mode
        (qvm-tangle-outside-mode -1)))))

(add-hook 'global-qvm-tangle-mode-off-hook #'qvm-tangle--turn-off-outside)

(provide 'qvm-tangle)
;;; qvm-tangle.el ends here
