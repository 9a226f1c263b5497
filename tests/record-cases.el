;;; record-cases.el --- what Emacs answers to the recorded cases  -*- lexical-binding: t -*-

;; Run by tests/record-cases, which says what the environment variables mean.

;;; Code:

(require 'record-cases-run)
(setq record-driver load-file-name)

;;;; All cases

(defun record-differences (recorded now)
  "A unified diff from RECORDED to NOW, both lists of sections, as bytes."
  (let ((files (list (make-temp-file "recorded") (make-temp-file "now"))))
    (cl-mapc (lambda (file sections) (cases-write-bytes file (cases-print-sections sections)))
             files (list recorded now))
    (prog1 (with-temp-buffer
             (set-buffer-multibyte nil)
             (call-process "diff" nil t nil "-u" "--label" "recorded" "--label" "now" (car files) (cadr files))
             (buffer-string))
      (mapc #'delete-file files))))

(defun record-cases (paths)
  "Run the cases in PATHS and give a report; what differs is shown, or written if WRITE is set."
  (let ((ran 0) (differing 0) report)
    (dolist (path paths)
      (let* ((case (cases-read-file path))
             (recorded (cases-answer case record-version)))
        (when (equal record-profile (cases-value case "profile" "vanilla"))
          (cl-incf ran)
          (let ((now (record-answer case)))
            (unless (equal recorded now)
              (cl-incf differing)
              (push (format "%s:\n" (file-name-base path)) report)
              (push (record-differences recorded now) report)
              (unless (member (getenv "WRITE") '(nil ""))
                (cases-set-answer case record-version now)
                (cases-write-file case)))))))
    (push (format "Emacs %s, Org %s, profile %s: %d cases, %d differ from the record\n"
                  emacs-version (org-version) record-profile ran differing)
          report)
    (cons (= differing 0) (apply #'concat (nreverse report)))))

(let* ((only (split-string (or (getenv "ONLY") "")))
       (all (sort (directory-files-recursively (getenv "CASES") "\\.txt\\'") #'string<))
       (result (record-cases (if only (cl-remove-if-not (lambda (path) (member (file-name-base path) only)) all) all))))
  (cases-write-bytes (getenv "REPORT") (cdr result))
  (kill-emacs (if (car result) 0 1)))
;;; record-cases.el ends here
