;;; record-cases-format.el --- reading and writing case files  -*- lexical-binding: t -*-

;; A case file is a preamble of `key: value' lines and then sections, each opened by a line `=== TITLE'.
;; tests/cases/README.md describes it.  Everything here is bytes (unibyte strings) except where it says text.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(cl-defstruct cases-file
  path
  preamble                              ; the lines before the first section, as they stand
  sections)                             ; list of (TITLE . LINES), both as they stand in the file

(defun cases-bytes (path)
  "The bytes of the file PATH."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents-literally path)
    (buffer-string)))

(defun cases-write-bytes (path bytes)
  "Make the file PATH, and folders above it, with BYTES in it."
  (make-directory (file-name-directory path) t)
  (let ((coding-system-for-write 'no-conversion))
    (write-region bytes nil path nil 'quiet)))

(defun cases-utf8 (text)
  "TEXT as UTF-8 bytes."
  (encode-coding-string text 'utf-8-unix))

(defun cases-text (bytes)
  "BYTES as text; what is not UTF-8 becomes raw bytes."
  (decode-coding-string bytes 'utf-8-unix))

;;;; The whole file

(defun cases-read-file (path)
  "Read the case file PATH."
  (let* ((parts (split-string (concat "\n" (cases-bytes path)) "\n=== "))
         (sections (cdr parts)))
    (make-cases-file
     :path path
     :preamble (substring (concat (car parts) "\n") 1)
     :sections (cl-loop for (part . more) on sections
                        ;; Splitting ate the newline that ends each section but the last.
                        for whole = (if more (concat part "\n") part)
                        for end = (string-match "\n" whole)
                        collect (cons (substring whole 0 end) (substring whole (1+ end)))))))

(defun cases-print-sections (sections)
  "The text of SECTIONS as it stands in a case file."
  (mapconcat (lambda (section) (format "=== %s\n%s" (car section) (cdr section))) sections ""))

(defun cases-write-file (case)
  "Write CASE back to its file."
  (cases-write-bytes (cases-file-path case)
                     (concat (cases-file-preamble case) (cases-print-sections (cases-file-sections case)))))

(defun cases-values (case key)
  "All values of KEY in the preamble of CASE, as text."
  (let ((prefix (concat key ": ")))
    (cl-loop for line in (split-string (cases-text (cases-file-preamble case)) "\n")
             when (string-prefix-p prefix line)
             collect (substring line (length prefix)))))

(defun cases-value (case key default)
  "The value of KEY in the preamble of CASE, or DEFAULT."
  (or (car (cases-values case key)) default))

;;;; Answers: the sections of one Org

(defun cases-answer-p (section version)
  "Whether SECTION belongs to the answer of VERSION, the empty string for the reference."
  (string-match-p (format "\\`%s\\(?:writes\\|outcome\\)\\(?: \\|\\'\\)" (regexp-quote (cases-prefix version)))
                  (car section)))

(defun cases-prefix (version)
  "What stands before the titles of the answer of VERSION."
  (if (string= version "") "" (concat version " ")))

(defun cases-answer (case version)
  "The recorded answer of VERSION in CASE: its own, else the reference's."
  (or (cl-remove-if-not (lambda (section) (cases-answer-p section version)) (cases-file-sections case))
      (mapcar (lambda (section) (cons (concat (cases-prefix version) (car section)) (cdr section)))
              (cl-remove-if-not (lambda (section) (cases-answer-p section "")) (cases-file-sections case)))))

(defun cases-set-answer (case version answer)
  "Make ANSWER the one of VERSION in CASE; drop it if it is the reference's."
  (let* ((others (cl-remove-if (lambda (section) (cases-answer-p section version)) (cases-file-sections case)))
         (of (lambda (wanted) (cl-remove-if-not (lambda (s) (cases-answer-p s wanted)) others))))
    (setf (cases-file-sections case)
          (append (cl-remove-if (lambda (s) (cl-some (lambda (v) (cases-answer-p s v)) '("" "9.5" "head" "ours")))
                                others)
                  (cl-loop for known in '("" "9.5" "head" "ours")
                           append (if (string= known version) nil (funcall of known))
                           when (string= known version) append answer)))
    (unless (string= version "")
      (let ((reference (cl-remove-if-not (lambda (s) (cases-answer-p s "")) (cases-file-sections case))))
        (when (equal answer (mapcar (lambda (s) (cons (concat (cases-prefix version) (car s)) (cdr s))) reference))
          (setf (cases-file-sections case)
                (cl-remove-if (lambda (s) (cases-answer-p s version)) (cases-file-sections case))))))))

;;;; Bytes that a text editor would not show or keep

(defconst cases-signs '((?\t . "⇥") (?\r . "␍"))
  "Characters that have a sign of their own; a blank at a line's end is `␣', a missing last newline `␄'.")

(defun cases-hidden-p (char)
  "Whether CHAR cannot be seen, or would be taken for a sign."
  (or (< char 32) (<= 127 char 160) (memq char '(#xad #x1680 #x180e #x3000 #xfeff))
      (<= #x2000 char #x200f) (<= #x2028 char #x202f) (<= #x205f char #x206f)
      (memq char '(?⇥ ?␍ ?␣ ?␄ ?‹ ?›)) (>= char #x3fff80)))

(defun cases-show-char (char)
  "CHAR as a case file has it."
  (cond ((cdr (assq char cases-signs)))
        ((>= char #x3fff80) (format "‹%02x›" (- char #x3fff00)))
        ((cases-hidden-p char) (format "‹%s›" (mapconcat (lambda (byte) (format "%02x" byte))
                                                         (cases-utf8 (string char)) " ")))
        (t (string char))))

(defun cases-show-line (line)
  "The bytes LINE as a case file has them."
  (let ((shown (mapconcat #'cases-show-char (cases-text line) "")))
    (when (string-match " +\\'" shown)
      (setq shown (concat (substring shown 0 (match-beginning 0))
                          (make-string (- (length shown) (match-beginning 0)) ?␣))))
    (cases-utf8 (replace-regexp-in-string "\\`=== " "‹3d›== " shown))))

(defun cases-show (bytes)
  "The content BYTES of a file as the lines of a section."
  (cond ((string= bytes "") "")
        ((string-suffix-p "\n" bytes)
         (concat (mapconcat #'cases-show-line (split-string (substring bytes 0 -1) "\n") "\n") "\n"))
        (t (concat (mapconcat #'cases-show-line (split-string bytes "\n") "\n") (cases-utf8 "␄\n")))))

(defun cases-hide (lines)
  "The content that the LINES of a section, or a title, stand for."
  (let ((text (replace-regexp-in-string "␄\n\\'" "" (cases-text lines))))
    (dolist (sign (append cases-signs '((?\s . "␣"))))
      (setq text (replace-regexp-in-string (cdr sign) (string (car sign)) text t t)))
    (let ((bytes (cases-utf8 text)) (start 0) parts)
      (while (string-match (cases-utf8 "‹\\([0-9a-f ]+\\)›") bytes start)
        (push (substring bytes start (match-beginning 0)) parts)
        (setq start (match-end 0))
        (push (apply #'unibyte-string (mapcar (lambda (digits) (string-to-number digits 16))
                                              (split-string (match-string 1 bytes))))
              parts))
      (push (substring bytes start) parts)
      (apply #'concat (nreverse parts)))))

(provide 'record-cases-format)
;;; record-cases-format.el ends here
