;;; qvm-tangle-eglot-test.el --- The server in a real Emacs  -*- lexical-binding: t; -*-

;;; Commentary:

;; Eglot talks to `qvm-tangle lsp' about a real Org file of a scratch
;; project, set up as the book says.

;;; Code:

;; Eglot comes with Emacs from 29 on; Debian has it as a package, which
;; `emacs -Q' does not look for.
(require 'package)
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa-src")
(package-initialize)
(require 'eglot)
(require 'qvm-tangle-test)

(defmacro qvm-tangle-test--with-eglot (&rest body)
  "Run BODY in a scratch project whose document Eglot manages."
  (declare (indent 0) (debug t))
  `(qvm-tangle-test--with-project
     (let ((eglot-server-programs `((org-mode . (,qvm-tangle-program "lsp"))))
           (eglot-sync-connect 60)
           (eglot-connect-timeout 60)
           (eglot-autoreconnect nil)
           (eglot-confirm-server-initiated-edits nil)
           (eglot-send-changes-idle-time 0))
       (apply #'eglot (eglot--guess-contact))
       (unwind-protect
           (progn ,@body)
         (let ((server (eglot-current-server)))
           (when server
             (eglot-shutdown server)))))))

(defun qvm-tangle-test--reported (count)
  "Wait until Eglot has reported COUNT diagnostics, and return them."
  (qvm-tangle-test--wait
   (format "%d diagnostics" count)
   (lambda ()
     (eglot--signal-textDocument/didChange)
     (flymake-start)
     (let ((found (flymake-diagnostics)))
       (and (= count (length found))
            (or found t))))))

(ert-deftest qvm-tangle-test-eglot-shows-a-diagnostic-and-fixes-it ()
  (qvm-tangle-test--with-eglot
    (qvm-tangle-test--reported 0)
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (let ((diagnostic (car (qvm-tangle-test--reported 1))))
      (should (equal "10.42.0.10" (qvm-tangle-test--marked diagnostic)))
      (should (eq 'eglot-error (flymake-diagnostic-type diagnostic)))
      (should (string-match-p "address `10.42.0.10` is taken" (flymake-diagnostic-text diagnostic)))
      (goto-char (flymake-diagnostic-beg diagnostic)))
    (let ((actions (eglot-code-actions (point) (point) "quickfix")))
      (should (equal '("Replace `10.42.0.10` with `10.42.0.11`")
                     (mapcar (lambda (action) (plist-get action :title)) actions)))
      (eglot--apply-workspace-edit (plist-get (car actions) :edit)))
    (should (save-excursion
              (goto-char (point-min))
              (search-forward "wk-1.qvm0.lan | 10.42.0.11 |" nil t)))
    (qvm-tangle-test--reported 0)))

(ert-deftest qvm-tangle-test-eglot-and-the-package-share-a-document ()
  (qvm-tangle-test--with-project
    (should (memq #'qvm-tangle-flymake flymake-diagnostic-functions)))
  (qvm-tangle-test--with-eglot
    (should qvm-tangle-mode)
    (should-not (memq #'qvm-tangle-flymake flymake-diagnostic-functions))
    (should-not (memq #'qvm-tangle-eldoc eldoc-documentation-functions))
    (should-not (memq #'qvm-tangle-completion-at-point completion-at-point-functions))
    (should (memq #'eglot-completion-at-point completion-at-point-functions))
    (qvm-tangle-test--replace "10.42.0.11" "10.42.0.10")
    (goto-char (flymake-diagnostic-beg (car (qvm-tangle-test--reported 1))))
    (qvm-tangle-explain-at-point)
    (with-current-buffer "*qvm-tangle explain*"
      (should (string-prefix-p "duplicate-address" (buffer-string))))
    (let ((tick (buffer-chars-modified-tick)))
      (qvm-tangle-fix)
      (qvm-tangle-test--wait "the fix" (lambda () (/= tick (buffer-chars-modified-tick)))))
    (should (eql 0 (qvm-tangle-test--after-run (save-buffer))))
    (should (equal "first\nsecond\n" (qvm-tangle-test--file "generated/notes.txt")))
    ;; Without Eglot all is ours again.
    (eglot-shutdown (eglot-current-server))
    (should (memq #'qvm-tangle-flymake flymake-diagnostic-functions))
    (should (memq #'qvm-tangle-eldoc eldoc-documentation-functions))
    (should (memq #'qvm-tangle-completion-at-point completion-at-point-functions))))

(ert-deftest qvm-tangle-test-eglot-with-another-server-takes-nothing-away ()
  (qvm-tangle-test--with-project
    (cl-letf (((symbol-function 'eglot-managed-p) (lambda () t))
              ((symbol-function 'eglot-current-server)
               (lambda () (make-instance 'eglot-lsp-server :name "x" :process (make-process :name "x" :command '("true"))))))
      (run-hooks 'eglot-managed-mode-hook)
      (should (memq #'qvm-tangle-flymake flymake-diagnostic-functions)))))

(ert-deftest qvm-tangle-test-eglot-goes-to-the-definition ()
  (qvm-tangle-test--with-eglot
    (goto-char (point-max))
    (insert "Süd 𝄞: =wk-1= is a guest.\n")
    (search-backward "-1")
    ;; In batch no idle timer sends what changed.
    (eglot--signal-textDocument/didChange)
    (let ((found (xref-backend-definitions 'eglot (xref-backend-identifier-at-point 'eglot))))
      (should (= 1 (length found)))
      (should (= 10 (xref-location-line (xref-item-location (car found))))))))

(ert-deftest qvm-tangle-test-eglot-tells-what-a-guest-becomes ()
  (qvm-tangle-test--with-eglot
    (goto-char (point-min))
    (search-forward "| wk-1")
    (let (told)
      (eglot-hover-eldoc-function (lambda (text &rest _) (setq told (substring-no-properties text))))
      (qvm-tangle-test--wait "a hover" (lambda () told))
      (should (string-match-p "DHCP lease: .*10\\.42\\.0\\.11" told)))))

(ert-deftest qvm-tangle-test-eglot-completes-header-arguments ()
  (qvm-tangle-test--with-eglot
    (qvm-tangle-test--replace ":tangle notes.txt" ":tangle notes.txt :mkd")
    (goto-char (point-min))
    (search-forward ":mkd")
    (let ((completion-at-point-functions '(eglot-completion-at-point)))
      (completion-at-point))
    (should (equal "#+begin_src text :tangle notes.txt :mkdirp"
                   (buffer-substring-no-properties (line-beginning-position) (line-end-position))))))

(provide 'qvm-tangle-eglot-test)
;;; qvm-tangle-eglot-test.el ends here
