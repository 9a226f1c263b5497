// What the extension starts, with which options, what the server says then, and what the person is told.

'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const editor = require('./editor');

const [program, project, folder] = process.argv.slice(2);

// The editor brings `vscode`; the client is a package that node alone does not have.
const load = Module._load;
Module._load = function (name, ...rest) {
  if (name === 'vscode') return editor.vscode;
  if (name === 'vscode-languageclient/node') return { LanguageClient: editor.LanguageClient };
  return load.call(this, name, ...rest);
};

const extension = require(folder);
const manifest = require(path.join(folder, 'package.json'));
const subscriptions = [];
const network = editor.document(path.join(project, 'org', 'network.org'), 'org');
const newest = () => editor.clients.at(-1);
const told = () => editor.told.at(-1);

async function until(what, condition) {
  for (const end = Date.now() + 60000; Date.now() < end; ) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}

const diagnostics = () => newest().diagnostics.get(network.uri.text) ?? [];

const checks = {
  async 'a program that is missing is named'() {
    editor.configured.set('qvm-tangle.program', 'no-such-program');
    await extension.activate({ subscriptions });
    assert.match(told().text, /no-such-program.*"qvm-tangle.program"/);
  },

  async 'another setting starts the server over standard input and output'() {
    editor.configured.set('qvm-tangle.program', program);
    editor.configured.set('qvm-tangle.arguments', ['--languages', 'all']);
    await Promise.all(editor.listeners.map((listener) => listener({ affectsConfiguration: (name) => name === 'qvm-tangle' })));
    assert.deepStrictEqual(newest().serverOptions, { command: program, args: ['--languages', 'all', 'lsp'] });
    assert.strictEqual(newest().result.serverInfo.name, 'qvm-tangle');
  },

  async 'a change of other settings starts nothing'() {
    const before = editor.clients.length;
    await Promise.all(editor.listeners.map((listener) => listener({ affectsConfiguration: () => false })));
    assert.strictEqual(editor.clients.length, before);
  },

  async 'an Org document gets its diagnostics, another file none'() {
    const other = editor.document(path.join(project, 'qvm-tangle.toml'), 'toml');
    assert.strictEqual(newest().open(other), false);
    assert.strictEqual(newest().open(network), true);
    const found = await until('a diagnostic', () => diagnostics().find((found) => found.code === 'duplicate-address'));
    assert.deepStrictEqual(found.range.start, { line: 9, character: 26 });
  },

  async 'what the manifest says of files is what the client asks for'() {
    const [language] = manifest.contributes.languages;
    assert.deepStrictEqual([language.id, language.extensions], ['org', ['.org']]);
    assert.deepStrictEqual(manifest.activationEvents, ['onLanguage:org']);
    assert.ok(fs.existsSync(path.join(folder, manifest.main)));
    assert.ok(fs.existsSync(path.join(folder, language.configuration)));
  },

  async 'the manifest has each command, and no workspace can name the program'() {
    const named = manifest.contributes.commands.map((command) => command.command);
    assert.deepStrictEqual(named.sort(), [...editor.commands.keys()].sort());
    for (const property of Object.values(manifest.contributes.configuration.properties)) {
      assert.strictEqual(property.scope, 'machine');
    }
  },

  async 'the extension has the version of the program'() {
    const version = execFileSync(program, ['--version'], { encoding: 'utf8' });
    assert.ok(version.startsWith(`qvm-tangle ${manifest.version}`), version);
  },

  async 'a document with errors is not tangled'() {
    editor.vscode.window.activeTextEditor = { document: network };
    await editor.commands.get('qvm-tangle.tangle')();
    assert.deepStrictEqual(told(), { level: 'error', text: 'network.org has errors: nothing was written' });
  },

  async 'tangling saves and writes'() {
    network.text = network.text.replace('| wk-1.qvm0.lan | 10.42.0.10 |', '| wk-1.qvm0.lan | 10.42.0.11 |');
    await editor.commands.get('qvm-tangle.tangle')();
    assert.deepStrictEqual(told(), { level: 'information', text: 'Tangled network.org' });
    assert.strictEqual(fs.readFileSync(path.join(project, 'generated', 'notes.txt'), 'utf8'), 'first\n');
  },

  async 'an output that was edited by hand is kept'() {
    fs.writeFileSync(path.join(project, 'generated', 'notes.txt'), 'mine\n');
    await editor.commands.get('qvm-tangle.tangle')();
    assert.strictEqual(told().level, 'warning');
    assert.strictEqual(fs.readFileSync(path.join(project, 'generated', 'notes.txt'), 'utf8'), 'mine\n');
  },

  async 'nothing is tangled in a workspace that is not trusted'() {
    editor.vscode.workspace.isTrusted = false;
    await editor.commands.get('qvm-tangle.tangle')();
    assert.match(told().text, /not trusted/);
    editor.vscode.workspace.isTrusted = true;
  },

  async 'what is no Org document is not tangled'() {
    editor.vscode.window.activeTextEditor = undefined;
    await editor.commands.get('qvm-tangle.tangle')();
    assert.match(told().text, /no Org document/);
  },

  async 'the server leaves with the extension'() {
    const running = newest();
    await extension.deactivate();
    assert.strictEqual(running.code, 0);
  },
};

(async () => {
  let passed = 0;
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      passed += 1;
      console.log(`ok ${name}`);
    } catch (problem) {
      failed += 1;
      console.log(`not ok ${name}: ${problem.message}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
})();
