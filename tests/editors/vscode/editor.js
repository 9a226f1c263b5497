// The part of VS Code that the extension uses, and a language client that does what the real one does with its options.

'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { pathToFileURL } = require('node:url');

/** What the person was told, newest last. */
const told = [];
/** What stands in the settings. */
const configured = new Map();
const commands = new Map();
const listeners = [];
/** Clients that were started, newest last. */
const clients = [];

const say = (level) => async (text) => void told.push({ level, text });

const vscode = {
  window: {
    activeTextEditor: undefined,
    createOutputChannel: () => ({ text: '', appendLine(line) { this.text += `${line}\n`; }, append() {}, show() {}, dispose() {} }),
    showInformationMessage: say('information'),
    showWarningMessage: say('warning'),
    showErrorMessage: say('error'),
  },
  workspace: {
    isTrusted: true,
    getConfiguration: (section) => ({ get: (key, otherwise) => configured.get(`${section}.${key}`) ?? otherwise }),
    onDidChangeConfiguration: (listener) => (listeners.push(listener), { dispose() {} }),
  },
  commands: {
    registerCommand: (name, run) => (commands.set(name, run), { dispose() {} }),
  },
};

/** Speaks the protocol over the standard streams of the program that the options name. */
class LanguageClient {
  constructor(id, name, serverOptions, clientOptions) {
    Object.assign(this, { id, name, serverOptions, clientOptions });
    this.answers = new Map();
    this.diagnostics = new Map();
    this.sent = 0;
    clients.push(this);
  }

  async start() {
    const { command, args } = this.serverOptions;
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let received = Buffer.alloc(0);
    this.process.stdout.on('data', (data) => {
      received = Buffer.concat([received, data]);
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const length = Number(/Content-Length: (\d+)/i.exec(received.subarray(0, end).toString())[1]);
        if (received.length < end + 4 + length) return;
        this.receive(JSON.parse(received.subarray(end + 4, end + 4 + length).toString()));
        received = received.subarray(end + 4 + length);
      }
    });
    this.ended = new Promise((resolve) => this.process.on('exit', resolve));
    await new Promise((resolve, reject) => this.process.once('spawn', resolve).once('error', reject));
    const capabilities = { textDocument: { publishDiagnostics: { relatedInformation: true } } };
    this.result = await this.ask('initialize', { processId: process.pid, rootUri: null, capabilities });
    this.tell('initialized', {});
  }

  receive(message) {
    if (message.method === 'textDocument/publishDiagnostics') {
      this.diagnostics.set(message.params.uri, message.params.diagnostics);
    } else if (this.answers.has(message.id)) {
      const [resolve, reject] = this.answers.get(message.id);
      message.error ? reject(new Error(message.error.message)) : resolve(message.result);
    }
  }

  send(message) {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  tell(method, params) {
    this.send({ method, params });
  }

  ask(method, params) {
    const id = ++this.sent;
    return new Promise((resolve, reject) => {
      this.answers.set(id, [resolve, reject]);
      this.send({ id, method, params });
    });
  }

  async stop() {
    await this.ask('shutdown', null);
    this.tell('exit', null);
    this.code = await this.ended;
  }

  /** Tells of a document if the options ask for documents of its kind. */
  open(document) {
    const { scheme } = document.uri;
    const wanted = this.clientOptions.documentSelector.some(
      (filter) => filter.scheme === scheme && filter.language === document.languageId,
    );
    if (wanted) {
      const { languageId, uri } = document;
      this.tell('textDocument/didOpen', { textDocument: { uri: uri.text, languageId, version: 1, text: document.text } });
    }
    return wanted;
  }
}

/** A document in the editor. */
function document(file, languageId) {
  const opened = {
    languageId,
    uri: { scheme: 'file', fsPath: file, text: pathToFileURL(file).href },
    text: fs.readFileSync(file, 'utf8'),
    async save() {
      fs.writeFileSync(file, opened.text);
      return true;
    },
  };
  return opened;
}

module.exports = { vscode, LanguageClient, clients, commands, configured, document, listeners, told };
