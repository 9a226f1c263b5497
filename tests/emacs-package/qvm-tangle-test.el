;;; qvm-tangle-test.el --- The Emacs package in a real Emacs  -*- lexical-binding: t; -*-

;;; Commentary:

;; Each test visits a real Org file of a scratch project and runs the
;; real program.  `tests/emacs-package/run' builds it and runs these.

;;; Code:

(require 'ert)
(require 'cl-lib)
(require 'checkdoc)
(require 'org)
(require 'tramp)
(require 'qvm-tangle)
(require 'qvm-tangle-diagnostics)
(require 'qvm-tangle-outputs)
(require 'qvm-tangle-project)
(require 'qvm-tangle-server)
(require 'qvm-tangle-write)

(defconst qvm-tangle-test--files
  (directory-files (file-name-directory (locate-library "qvm-tangle.el" t)) t "\\`qvm-tangle.*\\.el\\'")
  "The files under test.")

(defconst qvm-tangle-test--document
  "#+TITLE: Network
Straße nach Süden.

- Name :: =qvm0=
- Subnet :: 10.42.0.1/24

| Guest | Hostname      |         IP | TAP      |
|-------+---------------+------------+----------|
| cp    | cp.qvm0.lan   | 10.42.0.10 | qvm0tap0 |
| wk-1  | wk-1.qvm0.lan | 10.42.0.11 | qvm0tap1 |

| Service |        IP | Port | Interface |
|---------+-----------+------+-----------|
| Gateway | 10.42.0.1 |      | qvm0      |
|---------+-----------+------+-----------|
| DHCP    | 10.42.0.2 |      | veth0     |

* Notes
#+begin_src text :tangle notes.txt
  first
  second
#+end_src
"
  "A document with a network and a block.")

(defconst qvm-tangle-test--config
  "documents = [\"org/network.org\"]\nout-dir = \"generated\"\n"
  "Its configuration.")

(defmacro qvm-tangle-test--with-project (&rest body)
  "Run BODY in a scratch project, its document visited."
  (declare (indent 0) (debug t))
  `(qvm-tangle-test--call (lambda () ,@body)))

(defun qvm-tangle-test--call (body)
  "Call BODY in a scratch project, its document visited."
  (let* ((root (file-name-as-directory (file-truename (make-temp-file "qvm-tangle-test" t))))
         (default-directory root)
         (make-backup-files nil)
         (create-lockfiles nil)
         (inhibit-message t)
         (process-environment (cons (concat "XDG_STATE_HOME=" root "state") process-environment))
         (qvm-tangle-folders-file (concat root "folders.eld"))
         (qvm-tangle--hinted nil)
         (qvm-tangle--servers nil)
         (qvm-tangle--folders 'unread))
    (unwind-protect
        (cl-letf (((symbol-function 'yes-or-no-p) #'qvm-tangle-test--answer))
          (make-directory "org")
          (write-region qvm-tangle-test--config nil "qvm-tangle.toml")
          (write-region qvm-tangle-test--document nil "org/network.org")
          (global-qvm-tangle-mode)
          (switch-to-buffer (find-file-noselect "org/network.org"))
          (funcall body))
      (global-qvm-tangle-mode -1)
      ;; A run that a failed test left would write while its folder goes.
      (dolist (process (process-list))
        (when (string-prefix-p "qvm-tangle" (process-name process))
          (delete-process process)))
      (dolist (buffer (buffer-list))
        (when (string-prefix-p root (or (file-local-name (or (buffer-file-name buffer) "")) ""))
          (with-current-buffer buffer
            (set-buffer-modified-p nil)
            (kill-buffer))))
      (delete-directory root t))))

(defvar qvm-tangle-test--questions nil
  "The questions that were asked, newest first.")

(defvar qvm-tangle-test--reply t
  "What the person says to a question.")

(defun qvm-tangle-test--answer (question)
  "Note QUESTION and answer it."
  (push question qvm-tangle-test--questions)
  qvm-tangle-test--reply)

(defun qvm-tangle-test--wait (what condition)
  "Wait until CONDITION gives non-nil and return that; fail naming WHAT."
  (let ((end (+ (float-time) 120))
        value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) end)
        (ert-fail (format "waited in vain for %s" what)))
      ;; While files are watched, only who waits for keys hears of anything.
      (read-event nil nil 0.01))
    value))

(defun qvm-tangle-test--flymake ()
  "Check the buffer now and return its diagnostics, sorted by place."
  (let ((before qvm-tangle--checking))
    (flymake-start)
    (qvm-tangle-test--wait
     "a check to end"
     (lambda ()
       (and (not (eq before qvm-tangle--checking))
            (memq #'qvm-tangle-flymake (flymake-reporting-backends)))))
    (sort (flymake-diagnostics)
          (lambda (a b) (< (flymake-diagnostic-beg a) (flymake-diagnostic-beg b))))))

(defun qvm-tangle-test--marked (diagnostic)
  "Return the text that DIAGNOSTIC marks."
  (buffer-substring-no-properties (flymake-diagnostic-beg diagnostic)
                                  (flymake-diagnostic-end diagnostic)))

(defun qvm-tangle-test--errors (diagnostics)
  "Return the errors among DIAGNOSTICS."
  (cl-remove :error diagnostics :test-not #'eq :key #'flymake-diagnostic-type))

(defun qvm-tangle-test--replace (old new)
  "Type NEW over the first OLD of the buffer."
  (goto-char (point-min))
  (search-forward old)
  (delete-region (match-beginning 0) (match-end 0))
  (insert new))

(defmacro qvm-tangle-test--after-run (&rest body)
  "Run BODY, wait until the outputs are written, return the exit code."
  (declare (indent 0) (debug t))
  `(let* (code
          (qvm-tangle-after-functions (list (lambda (exit) (setq code exit)))))
     ,@body
     (qvm-tangle-test--wait "a writing run to end" (lambda () code))))

(defun qvm-tangle-test--file (name)
  "Return the text of the file NAME of the project, or nil."
  (let ((file (expand-file-name name (qvm-tangle--root))))
    (when (file-exists-p file)
      (with-temp-buffer
        (insert-file-contents file)
        (buffer-string)))))

;;;; The package itself

(ert-deftest qvm-tangle-test-byte-compiles-without-a-warning ()
  (let* ((target (make-temp-file "qvm-tangle" nil ".elc"))
         (byte-compile-error-on-warn t)
         (byte-compile-dest-file-function (lambda (_) target)))
    (unwind-protect
        (dolist (file qvm-tangle-test--files)
          (should (eq t (byte-compile-file file))))
      (delete-file target))))

(defun qvm-tangle-test--emacs (&rest arguments)
  "Run an Emacs of its own with ARGUMENTS; return its exit code and output."
  (with-temp-buffer
    (let ((code (apply #'call-process (expand-file-name invocation-name invocation-directory)
                       nil t nil "-Q" "--batch" arguments)))
      (cons code (buffer-string)))))

(defconst qvm-tangle-test--folder
  (file-name-directory (locate-library "qvm-tangle.el" t))
  "The folder under test.")

(ert-deftest qvm-tangle-test-package-lint-finds-nothing ()
  (pcase-let ((`(,_ . ,output)
               (apply #'qvm-tangle-test--emacs
                      "--eval" (prin1-to-string
                                `(progn
                                   (require 'package)
                                   (add-to-list 'package-directory-list
                                                "/usr/share/emacs/site-lisp/elpa-src")
                                   (package-initialize)
                                   (require 'package-lint)
                                   (setq package-lint-main-file
                                         ,(expand-file-name "qvm-tangle.el" qvm-tangle-test--folder))))
                      "-f" "package-lint-batch-and-exit" qvm-tangle-test--files)))
    ;; The project has no address yet that could stand there.
    (should (equal '("qvm-tangle.el:1:0: error: Package should have a Homepage or URL header.")
                   (cl-remove "\\`Entering directory" (split-string output "\n" t)
                              :test #'string-match-p)))))

(ert-deftest qvm-tangle-test-loading-the-package-loads-nothing-heavy ()
  (pcase-let ((`(,code . ,output)
               (qvm-tangle-test--emacs
                "-L" qvm-tangle-test--folder
                "--eval" (prin1-to-string
                          '(progn
                             (require 'qvm-tangle)
                             (global-qvm-tangle-mode)
                             (dolist (feature features)
                               (princ (format "%s\n" feature))))))))
    (should (eql 0 code))
    (let ((loaded (split-string output "\n" t)))
      (should (member "qvm-tangle" loaded))
      (dolist (heavy '("compile" "diff-mode" "flymake" "jsonrpc" "org" "xref" "qvm-tangle-program"))
        (should-not (member heavy loaded))))))

(ert-deftest qvm-tangle-test-installs-as-a-package ()
  (let ((folder (make-temp-file "qvm-tangle-elpa" t)))
    (unwind-protect
        (let* ((start `(progn
                         (require 'package)
                         (setq package-user-dir ,folder)
                         (package-initialize)))
               (installed (qvm-tangle-test--emacs
                           "--eval" (prin1-to-string start)
                           "--eval" (format "(package-install-file %S)" qvm-tangle-test--folder)))
               (used (qvm-tangle-test--emacs
                      "--eval" (prin1-to-string start)
                      "--eval" (prin1-to-string
                                '(progn
                                   (princ (format "%s\n" (featurep 'qvm-tangle)))
                                   (global-qvm-tangle-mode)
                                   (princ (symbol-file 'qvm-tangle-mode)))))))
          (should (eql 0 (car installed)))
          (should-not (string-match-p "Warning" (cdr installed)))
          (should (eql 0 (car used)))
          (should (string-match-p "\\`nil\n.*/qvm-tangle-[0-9.]+/qvm-tangle\\.elc\\'" (cdr used))))
      (delete-directory folder t))))

(ert-deftest qvm-tangle-test-checkdoc-finds-nothing ()
  (let* (found
         (checkdoc-create-error-function
          (lambda (text start _end &optional _unfixable)
            (push (format "%s: %s" (and start (line-number-at-pos start)) text) found)
            nil)))
    (dolist (file qvm-tangle-test--files)
      (with-current-buffer (find-file-noselect file)
        (checkdoc-current-buffer t)))
    (should-not found)))

(ert-deftest qvm-tangle-test-keys-take-none-of-org ()
  (should-not (lookup-key org-mode-map (kbd qvm-tangle-keymap-prefix)))
  (qvm-tangle-test--with-project
    (should (eq (key-binding (kbd "C-c _ j")) #'qvm-tangle-jump))
    (should (lookup-key qvm-tangle-mode-map [menu-bar Tangle]))))

;;;; Turning on

(ert-deftest qvm-tangle-test-is-on-below-a-configuration-only ()
  (qvm-tangle-test--with-project
    (should qvm-tangle-mode)
    (should flymake-mode)
    (let ((file (make-temp-file "lonely" nil ".org")))
      (unwind-protect
          (with-current-buffer (find-file-noselect file)
            (should-not qvm-tangle-mode)
            (qvm-tangle-mode)
            (should qvm-tangle-mode)
            (qvm-tangle-mode -1)
            (should-not (memq #'qvm-tangle-flymake flymake-diagnostic-functions))
            (kill-buffer))
        (delete-file file)))))

(ert-deftest qvm-tangle-test-refuses-a-buffer-that-is-no-document ()
  (with-temp-buffer
    (should-error (qvm-tangle-mode) :type 'user-error)
    (should-not qvm-tangle-mode)))

;;;; Flymake

(ert-deftest qvm-tangle-test-a-mistake-typed-in-is-marked-at-its-cell ()
  (qvm-tangle-test--with-project
    (should-not (qvm-tangle-test--errors (qvm-tangle-test--flymake)))
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (let ((errors (qvm-tangle-test--errors (qvm-tangle-test--flymake))))
      (should (= 1 (length errors)))
      (should (equal "10.42.0.10" (qvm-tangle-test--marked (car errors))))
      (should (= 10 (line-number-at-pos (flymake-diagnostic-beg (car errors)))))
      (should (string-match-p "\\[duplicate-address\\]\n." (flymake-diagnostic-text (car errors)))))
    (should (buffer-modified-p))
    (should (string-match-p "10\\.42\\.0\\.11" (qvm-tangle-test--file "org/network.org")))
    (qvm-tangle-test--replace "lan   | 10.42.0.10" "lan   | 10.42.0.12")
    (should-not (qvm-tangle-test--errors (qvm-tangle-test--flymake)))))

(ert-deftest qvm-tangle-test-marks-hold-after-umlauts-and-in-a-narrowed-buffer ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "| wk-1  |" "| wök;  |")
    (goto-char (point-max))
    (org-narrow-to-subtree)
    (let* ((errors (qvm-tangle-test--errors (qvm-tangle-test--flymake)))
           (texts (save-restriction (widen) (mapcar #'qvm-tangle-test--marked errors))))
      (should (member "wök;" texts)))))

(ert-deftest qvm-tangle-test-a-diagnostic-over-many-lines-marks-the-first ()
  (qvm-tangle-test--with-project
    (goto-char (point-max))
    (insert "* More\n#+begin_src text :tangle ../../outside.txt\nx\n#+end_src\n")
    (let ((errors (qvm-tangle-test--errors (qvm-tangle-test--flymake))))
      (should errors)
      (dolist (diagnostic errors)
        (should-not (string-match-p "\n" (qvm-tangle-test--marked diagnostic)))))))

(ert-deftest qvm-tangle-test-a-long-document-is-checked-through-a-file ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (goto-char (point-max))
    (insert (make-string (* 2 qvm-tangle--pipe-size) ?ü) "\n")
    (let ((temporary-file-directory default-directory))
      (should (equal '("10.42.0.10")
                     (mapcar #'qvm-tangle-test--marked
                             (qvm-tangle-test--errors (qvm-tangle-test--flymake))))))
    (should-not (directory-files default-directory nil "^qvm-tangle"))))

(ert-deftest qvm-tangle-test-a-broken-configuration-is-told-in-the-buffer ()
  (qvm-tangle-test--with-project
    (write-region "out-dri = 3\n" nil (expand-file-name "qvm-tangle.toml" (qvm-tangle--root)))
    (let ((found (qvm-tangle-test--flymake)))
      (should (= 1 (length found)))
      (should (string-match-p "out-dri" (flymake-diagnostic-text (car found)))))))

(ert-deftest qvm-tangle-test-a-missing-program-is-named ()
  (qvm-tangle-test--with-project
    (let* ((qvm-tangle-program "no-such-program")
           (problem (should-error (qvm-tangle) :type 'user-error)))
      (should (string-match-p "no-such-program.*qvm-tangle-program" (cadr problem))))
    ;; Saving must not fail for want of the program.
    (qvm-tangle-test--replace "first" "one")
    (let ((qvm-tangle-program "no-such-program"))
      (save-buffer))
    (should-not (buffer-modified-p))))

;;;; Tangling

(defun qvm-tangle-test--hold ()
  "Return a program that waits until the file \"go\" of the project exists."
  (let ((program (expand-file-name "held" (qvm-tangle--root)))
        (go (expand-file-name "go" (qvm-tangle--root))))
    (write-region (format "#!/bin/sh\nuntil [ -e %s ]; do sleep 0.01; done\nexec %s \"$@\"\n"
                          (shell-quote-argument go) (shell-quote-argument qvm-tangle-program))
                  nil program)
    (set-file-modes program #o755)
    program))

(defun qvm-tangle-test--let-go ()
  "Let a held program go on."
  (write-region "" nil (expand-file-name "go" (qvm-tangle--root))))

(ert-deftest qvm-tangle-test-saving-renews-the-outputs-in-the-background ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "first" "one")
    (let ((qvm-tangle-program (qvm-tangle-test--hold)))
      (should (eql 0 (qvm-tangle-test--after-run
                       (save-buffer)
                       (should-not (qvm-tangle-test--file "generated/notes.txt"))
                       (should (equal " Tangle*" (qvm-tangle--lighter)))
                       (qvm-tangle-test--let-go)))))
    (should (equal "one\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))
    (should (equal " Tangle" (qvm-tangle--lighter)))))

(ert-deftest qvm-tangle-test-two-quick-savings-end-with-the-second-text ()
  (qvm-tangle-test--with-project
    (let ((qvm-tangle-program (qvm-tangle-test--hold)))
      (qvm-tangle-test--replace "first" "one")
      (save-buffer)
      (qvm-tangle-test--replace "one" "two")
      (save-buffer)
      (should qvm-tangle--again)
      (qvm-tangle-test--let-go)
      (qvm-tangle-test--wait "both runs" (lambda () (not (qvm-tangle--writing-p))))
      (should (equal "two\nsecond\n" (qvm-tangle-test--file "generated/notes.txt"))))))

(ert-deftest qvm-tangle-test-saving-after-a-run-that-is-not-told-yet ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "first" "one")
    (save-buffer)
    ;; Emacs hears of the end whenever it waits, even while it saves: the
    ;; test tells it, once the document was saved again.
    (let* ((process qvm-tangle--writing)
           (sentinel (process-sentinel process))
           ended)
      (set-process-sentinel process (lambda (&rest _) (setq ended t)))
      (qvm-tangle-test--wait "the first run" (lambda () ended))
      (qvm-tangle-test--replace "one" "two")
      (save-buffer)
      (should qvm-tangle--again)
      (funcall sentinel process "finished\n"))
    (qvm-tangle-test--wait "the second run" (lambda () (not (qvm-tangle--writing-p))))
    (should (equal "two\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))))

(ert-deftest qvm-tangle-test-an-error-keeps-the-outputs-and-is-marked ()
  (qvm-tangle-test--with-project
    (should (eql 0 (qvm-tangle-test--after-run (qvm-tangle))))
    (qvm-tangle-test--replace "first" "one")
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (should (eql 1 (qvm-tangle-test--after-run (save-buffer))))
    (should (equal "first\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))
    (should (equal " Tangle!" (qvm-tangle--lighter)))
    (should (string-match-p "\\`1 error, nothing was written; first, at line 10: "
                            (qvm-tangle-test--said)))
    (should (= 1 (length (qvm-tangle-test--errors (qvm-tangle-test--flymake)))))))

(defun qvm-tangle-test--said ()
  "Return the last line of the message log that is ours."
  (with-current-buffer (messages-buffer)
    (save-excursion
      (goto-char (point-max))
      (re-search-backward "^\\(?:Tangled\\|[0-9]+ errors?\\|`\\).*")
      (match-string 0))))

(ert-deftest qvm-tangle-test-a-hand-edit-is-carried-back ()
  (qvm-tangle-test--with-project
    (should (eql 0 (qvm-tangle-test--after-run (qvm-tangle))))
    (let ((output (expand-file-name "generated/notes.txt" (qvm-tangle--root))))
      (write-region "1st\nsecond\n" nil output)
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (_question) nil)))
        (qvm-tangle-carry-back output)
        (should-not (string-match-p "1st" (buffer-string))))
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (_question) t)))
        (qvm-tangle-carry-back output))
      (should (string-match-p "1st" (buffer-string)))
      (should (eql 0 (qvm-tangle-test--after-run (qvm-tangle))))
      (should (equal "1st\nsecond\n" (qvm-tangle-test--file "generated/notes.txt"))))))

(ert-deftest qvm-tangle-test-a-hand-edit-is-kept-until-force ()
  (qvm-tangle-test--with-project
    (should (eql 0 (qvm-tangle-test--after-run (qvm-tangle))))
    (write-region "by hand\n" nil (expand-file-name "generated/notes.txt" (qvm-tangle--root)))
    (should (eql 3 (qvm-tangle-test--after-run (qvm-tangle))))
    (should (equal "by hand\n" (qvm-tangle-test--file "generated/notes.txt")))
    (should (string-match-p "edited by hand.*C-u M-x qvm-tangle" (qvm-tangle-test--said)))
    (should (eql 0 (qvm-tangle-test--after-run (qvm-tangle t))))
    (should (equal "first\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))))

(ert-deftest qvm-tangle-test-auto-tangle-has-the-last-word ()
  (qvm-tangle-test--with-project
    (goto-char (point-min))
    (insert "#+AUTO_TANGLE: nil\n")
    (save-buffer)
    (should-not qvm-tangle--writing)
    (let ((qvm-tangle-on-save nil))
      (qvm-tangle-test--replace "nil" "t")
      (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
      (qvm-tangle-test--replace "#+AUTO_TANGLE: t\n" "")
      (setq qvm-tangle--writing nil)
      (save-buffer)
      (should-not qvm-tangle--writing))))

;;;; Trust

(ert-deftest qvm-tangle-test-a-folder-is-asked-for-once ()
  (let ((qvm-tangle-test--questions nil))
    (qvm-tangle-test--with-project
      (qvm-tangle-test--replace "first" "one")
      (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
      (qvm-tangle-test--replace "one" "two")
      ;; Another session of Emacs knows it, too.
      (setq qvm-tangle--folders 'unread)
      (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
      (should (equal "two\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))
      (should (= 1 (length qvm-tangle-test--questions)))
      (should (string-match-p "\\`Tangle documents below .*qvm-tangle-test.*whenever"
                              (car qvm-tangle-test--questions))))))

(ert-deftest qvm-tangle-test-a-folder-that-was-refused-is-not-tangled-on-save ()
  (let ((qvm-tangle-test--questions nil))
    (qvm-tangle-test--with-project
      (dolist (text '("one" "two"))
        (let ((qvm-tangle-test--reply nil))
          (goto-char (point-max))
          (insert text "\n")
          (save-buffer)))
      (should-not qvm-tangle--writing)
      (should (= 1 (length qvm-tangle-test--questions)))
      (qvm-tangle-ask-again)
      (insert "three\n")
      (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
      (should (= 2 (length qvm-tangle-test--questions))))))

(ert-deftest qvm-tangle-test-a-buffer-that-emacs-trusts-is-not-asked-for ()
  (let ((qvm-tangle-test--questions nil))
    (qvm-tangle-test--with-project
      (cl-letf (((symbol-function 'trusted-content-p) (lambda () t)))
        (qvm-tangle-test--replace "first" "one")
        (should (eql 0 (qvm-tangle-test--after-run (save-buffer)))))
      (should-not qvm-tangle-test--questions))))

(ert-deftest qvm-tangle-test-what-needs-trust-is-told-and-can-be-given ()
  (qvm-tangle-test--with-project
    (let ((config (expand-file-name "qvm-tangle.toml" (qvm-tangle--root))))
      (write-region "out-dir = \"../elsewhere-of-the-test\"\n[lint.x]\nfiles = [\"*\"]\ncommand = [\"touch\", \"ran\", \"{file}\"]\n"
                    nil config)
      (qvm-tangle-test--replace "first" "one")
      (should (eql 2 (qvm-tangle-test--after-run (save-buffer))))
      (with-current-buffer (messages-buffer)
        (goto-char (point-max))
        (should (re-search-backward "^M-x qvm-tangle-trust shows what is asked for.*`out-dir" nil t)))
      (should (string-match-p "M-x qvm-tangle-trust"
                              (flymake-diagnostic-text (car (qvm-tangle-test--flymake)))))
      (write-region "out-dir = \"generated\"\n[lint.x]\nfiles = [\"notes.txt\"]\ncommand = [\"sh\", \"-c\", \"echo notes.txt:1: error: ran\", \"x\", \"{file}\"]\n"
                    nil config)
      (let ((lint (lambda () (cdr (qvm-tangle--run '("lint" "--format" "short" "network.org"))))))
        (should (string-match-p "is not trusted: `lint` would run it" (funcall lint)))
        (qvm-tangle-trust)
        (with-current-buffer "*qvm-tangle trust*"
          (should (string-match-p "\\[lint.x\\] command = " (buffer-string))))
        (should (string-match-p "error\\[checker-error\\]: x: ran" (funcall lint)))))))

(ert-deftest qvm-tangle-test-a-lock-that-is-no-regular-file-is-not-read ()
  (qvm-tangle-test--with-project
    (let ((lock (expand-file-name "qvm-tangle.lock" (qvm-tangle--root)))
          (output (expand-file-name "out.txt" (qvm-tangle--root))))
      (write-region "x" nil output)
      (dolist (make (list (lambda () (make-symbolic-link "/dev/zero" lock))
                          (lambda () (should (eql 0 (call-process "mkfifo" nil nil nil lock))))))
        (funcall make)
        (find-file output)
        (should-not qvm-tangle-mode)
        (kill-buffer)
        (delete-file lock)))))

;;;; Jumping

(defun qvm-tangle-test--jump (&optional choice template)
  "Jump from point, choosing the first output whose name matches CHOICE.
With TEMPLATE non-nil, go from an output to its template."
  (let ((xref-show-xrefs-function
         (lambda (fetch _)
           (let* ((location (xref-item-location
                             (cl-find choice (funcall fetch) :test #'string-match-p
                                      :key (lambda (xref)
                                             (xref-location-group (xref-item-location xref))))))
                  (marker (xref-location-marker location)))
             (switch-to-buffer (marker-buffer marker))
             (goto-char marker)))))
    (qvm-tangle-jump template)))

(ert-deftest qvm-tangle-test-jump-from-a-block-line-and-back ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (goto-char (point-min))
    (search-forward "  sec")
    (let ((place (point)))
      (qvm-tangle-test--jump)
      (should (string-suffix-p "generated/notes.txt" buffer-file-name))
      (should (equal "second" (buffer-substring (line-beginning-position) (line-end-position))))
      (should (looking-at-p "ond"))
      (qvm-tangle-test--jump)
      (should (derived-mode-p 'org-mode))
      (should (= place (point))))))

(ert-deftest qvm-tangle-test-jump-from-a-cell-and-back ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (goto-char (point-min))
    (search-forward "qvm0tap1")
    (goto-char (match-beginning 0))
    (let ((place (point)))
      (qvm-tangle-test--jump "network.sh")
      (should (string-suffix-p "generated/network.sh" buffer-file-name))
      (should (looking-at-p "qvm0tap1\\|'qvm0tap1"))
      (qvm-tangle-test--jump)
      (should (derived-mode-p 'org-mode))
      (should (= place (point))))))

(ert-deftest qvm-tangle-test-several-outputs-of-a-cell-are-listed ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (goto-char (point-min))
    (search-forward "qvm0tap1")
    (goto-char (match-beginning 0))
    (save-window-excursion
      (qvm-tangle-jump)
      (with-current-buffer "*xref*"
        (goto-char (point-min))
        (should (search-forward "generated/network.sh" nil t))
        (should (search-forward "qvm0tap1" nil t))
        (kill-buffer)))))

(ert-deftest qvm-tangle-test-an-output-has-the-keys-that-lead-back ()
  (qvm-tangle-test--with-project
    (let ((document (current-buffer)))
      (qvm-tangle-test--after-run (qvm-tangle))
      (write-region "x\n" nil (expand-file-name "generated/other.sh" (qvm-tangle--root)))
      (find-file (expand-file-name "generated/other.sh" (qvm-tangle--root)))
      (should-not qvm-tangle-mode)
      (find-file (expand-file-name "generated/network.sh" (qvm-tangle--root)))
      (should qvm-tangle-mode)
      (should-not (memq #'qvm-tangle-flymake flymake-diagnostic-functions))
      (should-error (qvm-tangle) :type 'user-error)
      (goto-char (point-min))
      (search-forward "qvm0tap1")
      (goto-char (match-beginning 0))
      (call-interactively (key-binding (kbd "C-c _ j")))
      (should (eq document (current-buffer)))
      (should (looking-at-p "qvm0tap1")))))

(ert-deftest qvm-tangle-test-jump-says-that-errors-are-in-the-way ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.1111")
    (should (string-match-p "network.org.*has errors" (cadr (should-error (qvm-tangle-jump)))))))

(ert-deftest qvm-tangle-test-jump-says-why-an-output-leads-nowhere ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (find-file (expand-file-name "generated/network.sh" (qvm-tangle--root)))
    (goto-char (point-min))
    (search-forward "qvm0tap1")
    (should (string-match-p "built-in template .[_a-z.-]+\\.j2., line [0-9]+"
                            (cadr (should-error (qvm-tangle-jump t)))))
    (goto-char (point-min))
    (let ((inhibit-read-only t))
      (insert "# One more line.\n"))
    (should (string-match-p "Save this buffer" (cadr (should-error (qvm-tangle-jump)))))))

(ert-deftest qvm-tangle-test-jump-counts-lines-of-the-unsaved-buffer ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (goto-char (point-min))
    (insert "One more line.\n\n")
    (search-forward "second")
    (qvm-tangle-test--jump)
    (should (string-suffix-p "generated/notes.txt" buffer-file-name))
    (should (= 2 (line-number-at-pos)))))

(ert-deftest qvm-tangle-test-jump-says-where-nothing-is-made ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (goto-char (point-min))
    (search-forward "Süden")
    (should (equal '(user-error "Nothing is made from this line")
                   (should-error (qvm-tangle-jump))))))

;;;; Explaining and comparing

(ert-deftest qvm-tangle-test-explains-the-diagnostic-at-point ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (goto-char (flymake-diagnostic-beg (car (qvm-tangle-test--errors (qvm-tangle-test--flymake)))))
    (qvm-tangle-explain-at-point)
    (with-current-buffer "*qvm-tangle explain*"
      (should (string-prefix-p "duplicate-address" (buffer-string))))
    (should (member "unterminated-block" (qvm-tangle--codes)))
    (should-error (qvm-tangle-explain "no-such-code") :type 'user-error)))

(ert-deftest qvm-tangle-test-fixes-the-diagnostic-on-the-line-and-aligns-its-table ()
  (qvm-tangle-test--with-project
    (goto-char (point-min))
    (search-forward "10.42.0.11")
    (replace-match "10.43.0.111")
    (search-forward "DHCP    | 10.42.0.2 |")
    (insert " 68")
    (goto-char (point-min))
    (search-forward "10.43.0.111")
    (let ((tick (buffer-chars-modified-tick)))
      (qvm-tangle-fix)
      (qvm-tangle-test--wait "the fix" (lambda () (/= tick (buffer-chars-modified-tick)))))
    (goto-char (point-min))
    (should (search-forward "| wk-1  | wk-1.qvm0.lan | 10.42.0.111 | qvm0tap1 |" nil t))
    (let ((tick (buffer-chars-modified-tick)))
      (qvm-tangle-fix-all)
      (qvm-tangle-test--wait "all fixes" (lambda () (/= tick (buffer-chars-modified-tick)))))
    (goto-char (point-min))
    (should (search-forward "| DHCP    | 10.42.0.2 |      | veth0     |" nil t))
    (should-not (qvm-tangle-test--flymake))))

(ert-deftest qvm-tangle-test-fix-all-makes-guesses-only-when-asked ()
  (qvm-tangle-test--with-project
    (goto-char (point-min))
    (search-forward "10.42.0.11")
    (replace-match "10.43.0.11")
    (let (told)
      (cl-letf (((symbol-function 'message) (lambda (&rest arguments) (setq told (apply #'format arguments)))))
        (qvm-tangle-fix-all)
        (qvm-tangle-test--wait "the answer" (lambda () told)))
      (should (equal told "Nothing to fix")))
    (qvm-tangle-fix-all 'unsafe)
    (qvm-tangle-test--wait "the guess"
                           (lambda ()
                             (goto-char (point-min))
                             (search-forward "| 10.42.0.11 |" nil t)))))

(ert-deftest qvm-tangle-test-shows-how-outputs-would-change ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (qvm-tangle-test--replace "second" "third")
    (qvm-tangle-diff)
    (qvm-tangle-test--wait "the diff" (lambda () (get-buffer "*qvm-tangle diff*")))
    (with-current-buffer "*qvm-tangle diff*"
      (should (derived-mode-p 'diff-mode))
      (should (string-match-p "^# generated/notes\\.txt: changed" (buffer-string)))
      (should (string-match-p "^--- a/generated/notes\\.txt$" (buffer-string)))
      (should (string-match-p "^-second\n\\+third$" (buffer-string)))
      (kill-buffer))
    (should (equal "first\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))))

(ert-deftest qvm-tangle-test-compilation-buffers-lead-to-the-cell ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (let ((qvm-tangle-on-save nil))
      (save-buffer))
    (let* ((compilation-ask-about-save nil)
           (ended nil)
           (compilation-finish-functions (list (lambda (&rest _) (setq ended t)))))
      (qvm-tangle-check-project)
      (qvm-tangle-test--wait "the compilation" (lambda () ended))
      (with-current-buffer "*compilation*"
        (goto-char (point-min))
        (next-error 1 t)
        (should (string-match-p "error\\[duplicate-address\\]"
                                (buffer-substring (line-beginning-position)
                                                  (line-end-position)))))
      (should (derived-mode-p 'org-mode))
      (should (= 10 (line-number-at-pos)))
      (should (looking-at-p "10\\.42\\.0\\.10 ")))))

(ert-deftest qvm-tangle-test-checking-the-project-saves-and-tangles-first ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "first" "one")
    (let* ((compilation-ask-about-save nil)
           (ended nil)
           (compilation-finish-functions (list (lambda (_ how) (setq ended how)))))
      (qvm-tangle-check-project)
      (should (equal "one\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))
      (qvm-tangle-test--wait "the compilation" (lambda () ended))
      (should (equal "finished\n" ended)))))

(ert-deftest qvm-tangle-test-saving-from-elsewhere-tangles-as-well ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--replace "first" "one")
    (should (eql 0 (qvm-tangle-test--after-run
                     (let ((default-directory "/"))
                       (save-buffer)))))))

;;;; Hover and completion

(defun qvm-tangle-test--hover ()
  "Return what ElDoc shows for the thing at point."
  (let (told)
    (should (qvm-tangle-eldoc (lambda (text &rest _) (setq told (or text 'nothing)))))
    (qvm-tangle-test--wait "an answer to a hover" (lambda () told))))

(defun qvm-tangle-test--processes ()
  "Return the servers that run."
  (cl-remove-if-not (lambda (process)
                      (and (string-prefix-p "qvm-tangle /" (process-name process))
                           (process-live-p process)))
                    (process-list)))

(ert-deftest qvm-tangle-test-eldoc-tells-what-a-guest-becomes ()
  (qvm-tangle-test--with-project
    (should (memq #'qvm-tangle-eldoc eldoc-documentation-functions))
    (goto-char (point-max))
    ;; Beyond what UTF-16 has in one unit, and what is no text at all.
    (insert "Süd 𝄞 " (unibyte-char-to-multibyte 200) ": =wk-1= is a guest.\n")
    (search-backward "k-1=")
    (should (string-match-p "DHCP lease: .*10\\.42\\.0\\.11" (qvm-tangle-test--hover)))
    ;; The text that counts is the buffer's.
    (save-excursion
      (qvm-tangle-test--replace "10.42.0.11" "10.42.0.77"))
    (should (string-match-p "DHCP lease: .*10\\.42\\.0\\.77" (qvm-tangle-test--hover)))
    (goto-char (point-min))
    (should (eq 'nothing (qvm-tangle-test--hover)))))

(ert-deftest qvm-tangle-test-completes-at-point ()
  (qvm-tangle-test--with-project
    (goto-char (point-max))
    (insert "#+begin_src sh :mkd\n#+end_src\n𝄞 ask =wk\n")
    (forward-line -1)
    (end-of-line)
    (let ((completion-at-point-functions '(qvm-tangle-completion-at-point)))
      (completion-at-point)
      (should (looking-back "=wk-1" (line-beginning-position)))
      (insert "= and ")
      (should-not (completion-at-point))
      (search-backward ":mkd")
      (end-of-line)
      (completion-at-point))
    (should (looking-back ":mkdirp" (line-beginning-position)))
    (let ((found (qvm-tangle-completion-at-point)))
      (should (equal "  header argument"
                     (funcall (plist-get (nthcdr 3 found) :annotation-function)
                              (car (member "mkdirp" (nth 2 found)))))))))

(ert-deftest qvm-tangle-test-a-project-has-one-server-while-it-is-visited ()
  (qvm-tangle-test--with-project
    (let ((first (current-buffer)))
      (qvm-tangle-test--hover)
      (write-region "* Other\n" nil "other.org")
      (find-file "other.org")
      (qvm-tangle-test--hover)
      (should (= 1 (length (qvm-tangle-test--processes))))
      (kill-buffer)
      (should (= 1 (length (qvm-tangle-test--processes))))
      (with-current-buffer first
        (qvm-tangle-mode -1)
        (qvm-tangle-test--wait "the server to leave"
                               (lambda () (not (qvm-tangle-test--processes))))
        (should-not (memq #'qvm-tangle-eldoc eldoc-documentation-functions))
        (should-not (qvm-tangle-eldoc #'ignore))))))

(ert-deftest qvm-tangle-test-a-server-that-died-is-tried-again-after-saving ()
  (qvm-tangle-test--with-project
    (goto-char (point-min))
    (search-forward "| wk")
    (qvm-tangle-test--hover)
    (delete-process (car (qvm-tangle-test--processes)))
    (should-not (qvm-tangle-eldoc #'ignore))
    (should-not (qvm-tangle-completion-at-point))
    (let ((qvm-tangle-on-save nil))
      (set-buffer-modified-p t)
      (save-buffer))
    (should (string-match-p "DHCP lease" (qvm-tangle-test--hover)))))

(ert-deftest qvm-tangle-test-without-a-server-all-the-rest-works ()
  (qvm-tangle-test--with-project
    (let* ((program (expand-file-name "serverless" (qvm-tangle--root))))
      (write-region (format "#!/bin/sh\n[ \"$1\" != lsp ] || exit 2\nexec %s \"$@\"\n"
                            (shell-quote-argument qvm-tangle-program))
                    nil program)
      (set-file-modes program #o755)
      (let ((qvm-tangle-program program))
        (ignore-errors (qvm-tangle-eldoc #'ignore))
        (should-not (qvm-tangle-completion-at-point))
        (should-not (qvm-tangle-test--errors (qvm-tangle-test--flymake)))
        (should (eql 0 (qvm-tangle-test--after-run (qvm-tangle))))))))

;;;; Outputs in buffers

(ert-deftest qvm-tangle-test-outputs-are-read-only-and-lead-back ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (let ((document (current-buffer)))
      (find-file (expand-file-name "generated/notes.txt" (qvm-tangle--root)))
      (should buffer-read-only)
      (should (string-match-p "Made from network.org: C-c _ j goes there, C-x C-q" (qvm-tangle--header)))
      (read-only-mode -1)
      (goto-char (point-min))
      (insert "1st ")
      (should (string-match-p "C-c _ b carries" (qvm-tangle--header)))
      (let ((qvm-tangle--made-from "../%b\\[x]\t.org"))
        (should (string-prefix-p " Made from ?b\\[x]?.org: C-c" (qvm-tangle--header))))
      (save-buffer)
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (_) t)))
        (call-interactively (key-binding (kbd "C-c _ b"))))
      (should (string-match-p "^  1st first$" (with-current-buffer document (buffer-string))))
      (qvm-tangle-mode -1)
      (should-not header-line-format)
      (should-not (bound-and-true-p auto-revert-mode))
      (read-only-mode)
      (qvm-tangle-mode)
      (qvm-tangle-mode -1)
      ;; It was the person who made it read-only.
      (should buffer-read-only))
    (let ((qvm-tangle-read-only-outputs nil)
          (qvm-tangle-revert-outputs nil))
      (find-file (expand-file-name "generated/network.sh" (qvm-tangle--root)))
      (should qvm-tangle-mode)
      (should-not buffer-read-only)
      (should-not (bound-and-true-p auto-revert-mode)))))

(ert-deftest qvm-tangle-test-a-run-shows-in-the-buffers-of-outputs ()
  (qvm-tangle-test--with-project
    (qvm-tangle-test--after-run (qvm-tangle))
    (let* ((root (qvm-tangle--root))
           (output (find-file-noselect (expand-file-name "generated/notes.txt" root)))
           (edited (find-file-noselect (expand-file-name "generated/hosts" root))))
      (with-current-buffer output
        (goto-char (point-max))
        ;; A run of this Emacs needs nobody to watch the file.
        (auto-revert-mode -1))
      (with-current-buffer edited
        (read-only-mode -1)
        (insert "# mine"))
      (qvm-tangle-test--replace "first" "one")
      (qvm-tangle-test--replace "10.42.0.11" "10.42.0.77")
      (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
      (with-current-buffer output
        (should (equal "one\nsecond\n" (buffer-string)))
        (should (eobp))
        (should buffer-read-only)
        (should qvm-tangle-mode))
      (with-current-buffer edited
        (should (string-match-p "# mine" (buffer-string))))
      ;; One that the program writes for somebody else.
      (with-current-buffer output
        (auto-revert-mode))
      (write-region "by hand\n" nil (buffer-file-name output) nil 'silent)
      (with-current-buffer output
        (qvm-tangle-test--wait "the buffer to follow its file"
                               (lambda () (equal "by hand\n" (buffer-string))))
        (should buffer-read-only)))))

;;;; Instead of Org

(ert-deftest qvm-tangle-test-keys-of-org-write-no-second-copies ()
  (qvm-tangle-test--with-project
    (let ((qvm-tangle-replace-org-tangle 'ask)
          (copy (expand-file-name "org/notes.txt" (qvm-tangle--root)))
          (questions 0)
          (answer ?n)
          (type (lambda () (call-interactively (key-binding (kbd "C-c C-v t"))))))
      (cl-letf (((symbol-function 'read-multiple-choice)
                 (lambda (_ choices)
                   (setq questions (1+ questions))
                   (assq answer choices))))
        (funcall type)
        (should (file-exists-p copy))
        (delete-file copy)
        (setq answer ?y)
        (should (eql 0 (qvm-tangle-test--after-run (funcall type))))
        (should (qvm-tangle-test--file "generated/notes.txt"))
        (setq answer ?a)
        (let* ((user-init-file (expand-file-name "init.el" (qvm-tangle--root)))
               (custom-file (expand-file-name "custom.el" (qvm-tangle--root)))
               (init-file-user ""))
          (should (eql 0 (qvm-tangle-test--after-run (funcall type)))))
        ;; Another session of Emacs knows it, too.
        (should (string-match-p "'(qvm-tangle-replace-org-tangle t)" (qvm-tangle-test--file "custom.el")))
        (should (eql 0 (qvm-tangle-test--after-run (funcall type))))
        (should (eq t qvm-tangle-replace-org-tangle))
        (should (= 3 questions))
        (should-not (file-exists-p copy))
        ;; Beside the document they are where we write them, too.
        (write-region "documents = [\"org/network.org\"]\n" nil
                      (expand-file-name "qvm-tangle.toml" (qvm-tangle--root)))
        (funcall type)
        (should (file-exists-p copy))
        (should (= 3 questions))))))

;;;; Another host

(defun qvm-tangle-test--remote (file)
  "Return the name of FILE on a host that is this one behind a shell."
  (add-to-list 'tramp-methods
               '("mock"
                 (tramp-login-program "sh")
                 (tramp-login-args (("-i")))
                 (tramp-remote-shell "/bin/sh")
                 (tramp-remote-shell-args ("-c"))
                 (tramp-connection-timeout 10)))
  (add-to-list 'tramp-default-host-alist `("\\`mock\\'" nil ,(system-name)))
  (concat "/mock::" file))

(ert-deftest qvm-tangle-test-works-on-another-host ()
  (qvm-tangle-test--with-project
    (let ((file buffer-file-name)
          (tramp-verbose 0))
      (kill-buffer)
      (with-current-buffer (find-file-noselect (qvm-tangle-test--remote file))
        (switch-to-buffer (current-buffer))
        (should (file-remote-p default-directory))
        (should qvm-tangle-mode)
        (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
        (let ((errors (qvm-tangle-test--errors (qvm-tangle-test--flymake))))
          (should (equal '("10.42.0.10") (mapcar #'qvm-tangle-test--marked errors))))
        (qvm-tangle-test--replace "lan | 10.42.0.10" "lan | 10.42.0.12")
        (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
        (should (equal "first\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))
        (goto-char (point-min))
        (search-forward "| wk-1")
        (should (string-match-p "DHCP lease: .*10\\.42\\.0\\.12" (qvm-tangle-test--hover)))
        (goto-char (point-min))
        (search-forward "  sec")
        (qvm-tangle-test--jump)
        (should (string-suffix-p "generated/notes.txt" buffer-file-name))
        (should (file-remote-p buffer-file-name))
        (set-buffer-modified-p nil)
        (kill-buffer)))))

(provide 'qvm-tangle-test)
;;;; A folder without a configuration

(defun qvm-tangle-test--lighter ()
  "Return what the mode line has of `qvm-tangle-outside-mode', or nil."
  ;; In batch there is no mode line to format.
  (pcase (cadr (assq 'qvm-tangle-outside-mode minor-mode-alist))
    (`(,wanted (:propertize ,text . ,_)) (and (symbol-value wanted) text))))

(ert-deftest qvm-tangle-test-says-once-why-nothing-happens-and-begins ()
  (qvm-tangle-test--with-project
    (delete-file "../qvm-tangle.toml")
    (qvm-tangle-mode -1)
    (should-not (key-binding (kbd "C-c _ t")))
    (let (messages)
      (cl-letf (((symbol-function 'message)
                 (lambda (format &rest arguments) (push (apply #'format format arguments) messages))))
        (qvm-tangle--turn-on)
        (qvm-tangle--turn-on))
      (should-not qvm-tangle-mode)
      (should (equal 1 (length messages)))
      (should (string-match-p "no qvm-tangle.toml above .*network.org, so nothing .*C-c _ i writes one"
                              (car messages))))
    (should (eq (key-binding (kbd "C-c _ t")) #'qvm-tangle))
    (should (equal " Tangle?" (qvm-tangle-test--lighter)))
    (should-error (qvm-tangle-check-project) :type 'user-error)
    (call-interactively (key-binding (kbd "C-c _ i")))
    (should qvm-tangle-mode)
    (should-not qvm-tangle-outside-mode)
    (should (file-exists-p "qvm-tangle.toml"))
    (should-error (qvm-tangle-init) :type 'user-error)))

(ert-deftest qvm-tangle-test-is-silent-in-notes-without-anything-to-tangle ()
  (qvm-tangle-test--with-project
    (delete-file "../qvm-tangle.toml")
    (write-region "* Notes\nThe word Guest.\n" nil "notes.org")
    (find-file "notes.org")
    (should-not qvm-tangle-mode)
    (should-not qvm-tangle--hinted)
    (should-not (qvm-tangle-test--lighter))
    (should (key-binding (kbd "C-c _ i")))
    (global-qvm-tangle-mode -1)
    (should-not (key-binding (kbd "C-c _ i")))))

;;; qvm-tangle-test.el ends here
