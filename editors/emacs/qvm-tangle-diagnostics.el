;;; qvm-tangle-diagnostics.el --- Shows, explains and fixes diagnostics  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; A Flymake backend that checks the text of the buffer, saved or not, and
;; commands for what it finds.

;;; Code:

(require 'cl-lib)
(require 'flymake)
(require 'qvm-tangle-program)

(declare-function org-at-table-p "org" (&optional table-type))
(declare-function org-table-align "org-table" ())

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

;;;; Explaining

(defun qvm-tangle--code-at-point ()
  "Return the code of a diagnostic on this line, that at point first; or nil."
  (let ((found (append (flymake-diagnostics (point))
                       (flymake-diagnostics (line-beginning-position) (line-end-position)))))
    (cl-some (lambda (diagnostic)
               (let ((text (flymake-diagnostic-text diagnostic)))
                 (and (string-match "\\[\\([a-z0-9-]+\\)\\]\\(?:[:\n]\\|\\'\\)" text)
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
         (from-here (lambda (fix) (abs (- here (car fix)))))
         (from (line-beginning-position))
         (to (line-end-position)))
    (qvm-tangle--fix
     (lambda (fixes)
       (let ((on-line (cl-remove-if-not (lambda (fix) (<= from (car fix) to)) fixes)))
         (and on-line
              (list (car (sort on-line (lambda (a b)
                                         (< (funcall from-here a) (funcall from-here b)))))))))
     'unsafe)))

(defun qvm-tangle-fix-all (&optional unsafe)
  "Make the edits of all diagnostics that need no look at them.
With a prefix argument UNSAFE also those that may change what the
document means."
  (interactive "P")
  (qvm-tangle--fix #'identity unsafe))

(provide 'qvm-tangle-diagnostics)
;;; qvm-tangle-diagnostics.el ends here
