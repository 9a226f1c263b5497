;;; qvm-tangle-server.el --- Asks the server what is at point  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT OR Apache-2.0

;; This file is not part of GNU Emacs.

;;; Commentary:

;; "qvm-tangle lsp" knows what a cell becomes and what can be written at
;; a place.  One of them runs for each project, is told the text of a
;; buffer before it is asked about it, and ends with the last buffer of
;; the project.  All it is asked for is hover and completion; the rest of
;; the package runs the program's commands, and works without it.

;;; Code:

(require 'cl-lib)
(require 'jsonrpc)
(require 'subr-x)
(require 'url-util)
(require 'qvm-tangle-program)

;;;; The connection

(defvar qvm-tangle--servers nil
  "Folders and their servers, newest first.
Each is a cons cell of a folder and a connection, or `ended'.")

(defvar-local qvm-tangle--told nil
  "The server that has this buffer open, and the tick of the text it has.
A cons cell, or nil for none.")

(defconst qvm-tangle--clean-pipe
  '("sh" "-c" "stty raw -echo 2>/dev/null; exec \"$@\" 2>/dev/null" "sh")
  "What has a program read and write what is sent, and nothing besides.
On another host there may be a terminal between.")

(defun qvm-tangle--server ()
  "Return the server of this document's project, a new one if there is none.
Return nil where that fails; saving the document has it tried again."
  (let* ((folder (expand-file-name (or (qvm-tangle--root) default-directory)))
         (known (alist-get folder qvm-tangle--servers nil nil #'equal)))
    (cond
     ((eq known 'ended) nil)
     ((and known (jsonrpc-running-p known)) known)
     (t (qvm-tangle--connect folder)))))

(defun qvm-tangle--connect (folder)
  "Start the server of FOLDER and return its connection, or nil."
  (let ((server (condition-case nil
                    (qvm-tangle--new-connection folder)
                  (error nil))))
    (setf (alist-get folder qvm-tangle--servers nil nil #'equal) (or server 'ended))
    (when server
      ;; Messages are answered in their order, so nobody waits for this one.
      (jsonrpc-async-request
       server :initialize
       `(:processId nil :rootUri ,(qvm-tangle--uri folder)
         :capabilities
         (:general (:positionEncodings ["utf-16"])
          :textDocument (:hover (:contentFormat ["plaintext"])
                         :completion (:completionItem (:documentationFormat ["plaintext"])))))
       :success-fn #'ignore :error-fn #'ignore :timeout-fn #'ignore)
      (jsonrpc-notify server :initialized (make-hash-table)))
    server))

(defun qvm-tangle--new-connection (folder)
  "Start the program as the server of FOLDER and return the connection."
  (let ((name (concat "qvm-tangle " folder))
        (default-directory folder))
    (apply #'make-instance 'jsonrpc-process-connection
           :name name
           :process (lambda ()
                      (make-process
                       :name name :connection-type 'pipe :coding 'binary :noquery t
                       :command (append qvm-tangle--clean-pipe (qvm-tangle--command '("lsp")))
                       :file-handler t))
           :notification-dispatcher #'ignore
           :request-dispatcher #'ignore
           :on-shutdown (lambda (_) (qvm-tangle--ended folder))
           (qvm-tangle--no-events))))

(defun qvm-tangle--no-events ()
  "Return the arguments that keep `jsonrpc' from a log of every text."
  (if (memq '-events-buffer-config
            (mapcar #'eieio-slot-descriptor-name (eieio-class-slots 'jsonrpc-connection)))
      '(:events-buffer-config (:size 0 :format full))
    '(:events-buffer-scrollback-size 0)))

(defun qvm-tangle--ended (folder)
  "Note that the server of FOLDER has ended."
  ;; One that was asked to is no longer among them.
  (when (assoc folder qvm-tangle--servers)
    (setf (alist-get folder qvm-tangle--servers nil nil #'equal) 'ended)))

(defun qvm-tangle--forget-ended ()
  "Have a server that has ended tried again, and tell one of the saving."
  (setq qvm-tangle--servers
        (cl-remove 'ended qvm-tangle--servers :key #'cdr))
  (when (and qvm-tangle--told (jsonrpc-running-p (car qvm-tangle--told)))
    (jsonrpc-notify (car qvm-tangle--told) :textDocument/didSave
                    (list :textDocument (qvm-tangle--identifier)))))

;;;; The text

(defun qvm-tangle--uri (file)
  "Return the URI of FILE on its host."
  (concat "file://" (url-hexify-string (file-local-name (expand-file-name file))
                                       url-path-allowed-chars)))

(defun qvm-tangle--identifier ()
  "Return what names this buffer to the server."
  (list :uri (qvm-tangle--uri buffer-file-name)))

(defun qvm-tangle--text ()
  "Return the text of the buffer, as JSON can have it."
  (save-restriction
    (widen)
    ;; Bytes that are no text, and halves of a pair.
    (replace-regexp-in-string "[\ud800-\udfff\x3fff80-\x3fffff]" "\ufffd"
                              (buffer-substring-no-properties (point-min) (point-max))
                              t t)))

(defun qvm-tangle--informed-server ()
  "Return the server, told of this buffer's text, or nil."
  (when-let* ((server (and buffer-file-name qvm-tangle-mode (qvm-tangle--server)))
              (tick (buffer-chars-modified-tick)))
    (cond
     ((not (eq server (car qvm-tangle--told)))
      (jsonrpc-notify server :textDocument/didOpen
                      `(:textDocument (,@(qvm-tangle--identifier) :languageId "org"
                                       :version ,tick :text ,(qvm-tangle--text))))
      (add-hook 'after-save-hook #'qvm-tangle--forget-ended nil t)
      (add-hook 'kill-buffer-hook #'qvm-tangle--close nil t)
      (add-hook 'change-major-mode-hook #'qvm-tangle--close nil t)
      (add-hook 'qvm-tangle-mode-off-hook #'qvm-tangle--close nil t))
     ((/= tick (cdr qvm-tangle--told))
      (jsonrpc-notify server :textDocument/didChange
                      `(:textDocument (,@(qvm-tangle--identifier) :version ,tick)
                        :contentChanges [(:text ,(qvm-tangle--text))]))))
    (setq qvm-tangle--told (cons server tick))
    server))

(defun qvm-tangle--close ()
  "Tell the server that this buffer is closed, and end it if it was the last."
  (when-let* ((server (car qvm-tangle--told)))
    (setq qvm-tangle--told nil)
    (when (jsonrpc-running-p server)
      (jsonrpc-notify server :textDocument/didClose
                      (list :textDocument (qvm-tangle--identifier)))
      (unless (cl-some (lambda (buffer)
                         (eq server (car (buffer-local-value 'qvm-tangle--told buffer))))
                       (buffer-list))
        (setq qvm-tangle--servers (cl-remove server qvm-tangle--servers :key #'cdr))
        (jsonrpc-async-request server :shutdown nil :success-fn #'ignore
                               :error-fn #'ignore :timeout-fn #'ignore)
        (jsonrpc-notify server :exit nil)))))

;;;; Places

(defun qvm-tangle--units (text)
  "Return how many units of UTF-16 TEXT has."
  (+ (length text) (cl-count-if (lambda (char) (> char #xffff)) text)))

(defun qvm-tangle--parameters ()
  "Return what asks about point."
  (save-restriction
    (widen)
    (list :textDocument (qvm-tangle--identifier)
          :position
          (list :line (1- (line-number-at-pos nil t))
                :character (qvm-tangle--units
                            (buffer-substring-no-properties (line-beginning-position) (point)))))))

(defun qvm-tangle--position-of (place)
  "Return the buffer position of PLACE, as the server has it."
  (save-excursion
    (goto-char (point-min))
    (forward-line (plist-get place :line))
    (let ((units (plist-get place :character)))
      (while (and (> units 0) (not (eolp)))
        (setq units (- units (if (> (char-after) #xffff) 2 1)))
        (forward-char)))
    (point)))

;;;; Hover

;;;###autoload
(defun qvm-tangle-eldoc (callback &rest _)
  "Give CALLBACK what becomes of the cell, guest or reference at point.
A member of `eldoc-documentation-functions'."
  (when-let* ((server (ignore-errors (qvm-tangle--informed-server))))
    (jsonrpc-async-request
     server :textDocument/hover (qvm-tangle--parameters)
     :success-fn (lambda (hover)
                   (let ((text (plist-get (plist-get hover :contents) :value)))
                     (funcall callback (and text (string-trim text)))))
     :error-fn #'ignore :timeout-fn #'ignore)
    t))

;;;; Completion

(defun qvm-tangle--choices ()
  "Return what can be written at point, as the server has it."
  (when-let* ((server (qvm-tangle--informed-server)))
    (append (jsonrpc-request server :textDocument/completion (qvm-tangle--parameters)
                             :timeout 10 :cancel-on-input non-essential)
            nil)))

;;;###autoload
(defun qvm-tangle-completion-at-point ()
  "Complete header arguments, blocks, guests, columns, terms and services.
A member of `completion-at-point-functions'."
  (when-let* ((choices (condition-case nil
                           (qvm-tangle--choices)
                         (jsonrpc-error nil)
                         (file-error nil)))
              (range (plist-get (plist-get (car choices) :textEdit) :range))
              (texts (mapcar (lambda (choice)
                               (propertize (plist-get (plist-get choice :textEdit) :newText)
                                           'qvm-tangle-detail (plist-get choice :detail)))
                             choices)))
    (save-restriction
      (widen)
      (list (qvm-tangle--position-of (plist-get range :start))
            (qvm-tangle--position-of (plist-get range :end))
            texts
            :exclusive 'no
            :annotation-function
            (lambda (text)
              (when-let* ((detail (get-text-property 0 'qvm-tangle-detail text)))
                (concat "  " detail)))))))

(provide 'qvm-tangle-server)
;;; qvm-tangle-server.el ends here
