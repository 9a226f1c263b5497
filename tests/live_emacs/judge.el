;;; judge.el --- what this Emacs answers to one case file after the other  -*- lexical-binding: t -*-

;; A line on standard input names a case file, which gets the answer as further sections; `ready' on standard output
;; asks for the next.  The environment variables are those of `record-cases-run.el'.

;;; Code:

(require 'record-cases-run)
(setq record-driver load-file-name
      record-version "")                ; whoever asks knows whose answer it is

(defconst judge-read (symbol-function 'read-from-minibuffer)
  "Reads a line of standard input, whatever the cases are told.")

;; Nobody answers a question of a case, least of all with the name of the next one.
(dolist (question '(yes-or-no-p y-or-n-p read-from-minibuffer read-string read-char read-key completing-read))
  (advice-add question :override (lambda (&optional prompt &rest _) (error "Asked: %s" prompt))))

(setq gc-cons-threshold (* 64 1024 1024))

(defun judge-answer (path)
  "Put the answer to the case file PATH into it."
  (let ((case (cases-read-file path)))
    (setf (cases-file-sections case) (append (cases-file-sections case) (record-answer case)))
    (cases-write-file case)))

(let (path)
  (while (setq path (ignore-errors (funcall judge-read "ready\n")))
    (judge-answer path)))
;;; judge.el ends here
