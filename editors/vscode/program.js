// What is run, and what its end means to a person. It knows nothing of the editor.

'use strict';

const { execFile } = require('node:child_process');
const path = require('node:path');

/**
 * @typedef {{ program: string, arguments: string[] }} Settings
 * @typedef {{ level: 'information' | 'warning' | 'error', text: string, log: string }} Outcome
 */

/**
 * How the language client starts the server: over standard input and output, which needs no argument.
 *
 * @param {Settings} settings
 */
function server(settings) {
  return { command: settings.program, args: [...settings.arguments, 'lsp'] };
}

/**
 * Renews the outputs of a document on disk.
 *
 * @param {Settings} settings
 * @param {string} file
 * @returns {Promise<Outcome>}
 */
function tangle(settings, file) {
  const args = [...settings.arguments, '--', path.basename(file)];
  const options = { cwd: path.dirname(file), maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(settings.program, args, options, (problem, stdout, stderr) => {
      resolve(outcome(settings, path.basename(file), problem, stdout + stderr));
    });
  });
}

/**
 * @param {Settings} settings
 * @param {string} name
 * @param {import('node:child_process').ExecFileException | null} problem
 * @param {string} log
 * @returns {Outcome}
 */
function outcome(settings, name, problem, log) {
  switch (problem ? problem.code : 0) {
    case 0:
      return { level: 'information', text: `Tangled ${name}`, log };
    case 1:
      return { level: 'error', text: `${name} has errors: nothing was written`, log };
    case 3:
      return { level: 'warning', text: 'An output was edited by hand and kept; the log says what to do', log };
    case 'ENOENT':
      return { level: 'error', text: missing(settings), log };
    default:
      return { level: 'error', text: firstLine(log) || `${settings.program} failed without a word`, log };
  }
}

/** @param {Settings} settings */
function missing(settings) {
  return `Cannot find \`${settings.program}\`: install it, or set "qvm-tangle.program"`;
}

/** @param {string} text */
function firstLine(text) {
  return text.trim().split('\n')[0];
}

module.exports = { server, tangle, missing };
