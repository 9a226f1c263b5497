// Brings the language server of `qvm-tangle lsp` into the editor, and tangles by command.

'use strict';

const vscode = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');
const program = require('./program');

/** @type {LanguageClient | undefined} */
let client;

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  const log = vscode.window.createOutputChannel('qvm-tangle');
  context.subscriptions.push(
    log,
    vscode.commands.registerCommand('qvm-tangle.tangle', () => tangle(log)),
    vscode.commands.registerCommand('qvm-tangle.restart', () => restart(log)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('qvm-tangle')) return restart(log);
    }),
  );
  await start(log);
}

async function deactivate() {
  const running = client;
  client = undefined;
  // One that never started cannot be stopped.
  if (running) await running.stop().catch(() => {});
}

/** @returns {program.Settings} */
function settings() {
  const values = vscode.workspace.getConfiguration('qvm-tangle');
  return { program: values.get('program', 'qvm-tangle'), arguments: values.get('arguments', []) };
}

/** @param {vscode.OutputChannel} log */
async function start(log) {
  client = new LanguageClient('qvm-tangle', 'qvm-tangle', program.server(settings()), {
    documentSelector: [
      { scheme: 'file', language: 'org' },
      { scheme: 'untitled', language: 'org' },
    ],
    outputChannel: log,
  });
  try {
    await client.start();
  } catch (problem) {
    client = undefined;
    log.appendLine(String(problem));
    vscode.window.showErrorMessage(program.missing(settings()));
  }
}

/** @param {vscode.OutputChannel} log */
async function restart(log) {
  await deactivate();
  await start(log);
}

/** @param {vscode.OutputChannel} log */
async function tangle(log) {
  const document = vscode.window.activeTextEditor?.document;
  if (!document || document.languageId !== 'org' || document.uri.scheme !== 'file') {
    vscode.window.showErrorMessage('This is no Org document with a file');
    return;
  }
  if (!vscode.workspace.isTrusted) {
    vscode.window.showErrorMessage('Nothing is tangled in a workspace that is not trusted');
    return;
  }
  if (!(await document.save())) return;
  const outcome = await program.tangle(settings(), document.uri.fsPath);
  log.appendLine(outcome.log.trimEnd());
  const show = {
    information: vscode.window.showInformationMessage,
    warning: vscode.window.showWarningMessage,
    error: vscode.window.showErrorMessage,
  }[outcome.level];
  const showLog = 'Show Log';
  if ((await show(outcome.text, showLog)) === showLog) log.show(true);
}

module.exports = { activate, deactivate };
