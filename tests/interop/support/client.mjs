// SPDX-License-Identifier: GPL-3.0-or-later
// Shared by the Node clients: a socket whose frames can be awaited, and requests with a token.
import { once } from 'node:events';
import process from 'node:process';
import WebSocket from 'ws';

export const http = process.env.ROOKERY_HTTP;
export const ws = http.replace(/^http/, 'ws');
export const token = (name) => process.env[`ROOKERY_TOKEN_${name.toUpperCase()}`];

const PATIENCE = 30_000; // ms; an upper bound on a slow machine, never a pause

// For after(): what a failed test leaves open would keep the program from ending.
const open = new Set();
export const dropAll = () => open.forEach((socket) => socket.terminate());

export class Socket {
  #frames = [];
  #waiting = null;

  constructor(url, bearer, options = {}) {
    const headers = bearer ? { Authorization: `Bearer ${bearer}` } : {};
    this.socket = new WebSocket(url, { headers, ...options });
    open.add(this.socket);
    this.opened = once(this.socket, 'open');
    this.closed = once(this.socket, 'close').then(([code]) => code);
    this.closed.then(() => this.#waiting?.reject(new Error(`${url} was closed`)), () => {});
    this.socket.on('message', (data) => {
      this.#frames.push(JSON.parse(data));
      this.#waiting?.look();
    });
  }

  static async open(...args) {
    const socket = new Socket(...args);
    await socket.opened;
    return socket;
  }

  send(value) {
    this.socket.send(typeof value === 'string' ? value : JSON.stringify(value));
  }

  // The first frame, from here on, that `wanted` likes; what came before it is gone.
  frame(wanted, what = wanted) {
    return new Promise((resolve, reject) => {
      const give = (action, value) => {
        clearTimeout(timer);
        this.#waiting = null;
        action(value);
      };
      const timer = setTimeout(
        () => give(reject, new Error(`no frame came such that ${what}; had ${JSON.stringify(skipped)}`)), PATIENCE);
      const skipped = [];
      const look = () => {
        while (this.#frames.length > 0) {
          const frame = this.#frames.shift();
          if (wanted(frame)) {
            give(resolve, frame);
            return;
          }
          skipped.push(frame);
        }
      };
      this.#waiting = { look, reject: (error) => give(reject, error) };
      look();
    });
  }

  async close() {
    this.socket.close(1000);
    return this.closed;
  }
}

export async function request(method, path, bearer, body) {
  const headers = { 'Content-Type': 'application/json' };
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  const response = await fetch(http + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
