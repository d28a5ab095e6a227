#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// An echo bot: it repeats what somebody writes after "!echo " in a room. Reconnects automatically and misses nothing.
//
//     CHAT_USER=echo CHAT_PASSWORD='a long password' node echobot.js [ROOM]
//
// The server is CHAT_URL, by default http://localhost:5000. Node.js 22 needs nothing else; 18 and 20 need `npm install ws`.
'use strict';

const Socket = globalThis.WebSocket ?? require('ws');

const base = (process.env.CHAT_URL ?? 'http://localhost:5000').replace(/\/$/, '');
const room = process.argv[2] ?? 'lobby';
const final = [1000, 1002, 1003, 1007, 1008, 1009, 4000, 4002, 4003, 4004, 4005, 4006, 4007]; // no reconnection after these

let login = null; // has `token` and `user`
let epoch = null; // of the history that `seq` counts in
let seq = 0; // read up to here
const unanswered = new Map(); // id: seq of messages whose reply has not arrived yet

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

class Refused extends Error {
  constructor(status, text) {
    super(text);
    this.isFinal = status < 500 && status !== 429;
    this.status = status;
  }
}

async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30000) });
  const value = await answer.json();
  if (!answer.ok) throw new Refused(answer.status, value.error);
  return value;
}

// Registers the bot if it has no account yet.
async function logIn() {
  const person = { username: process.env.CHAT_USER, password: process.env.CHAT_PASSWORD };
  try {
    return await post('/login', person);
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  await post('/register', person);
  return post('/login', person);
}

function hear(socket, frame, isOld) {
  seq = frame.seq;
  if (frame.sender_id === login.user.id) {
    unanswered.delete(frame.client_id);
  } else if (frame.message.startsWith('!echo ') && frame.message.slice(6).trim() && !isOld) {
    // The client_id is the id of the answered message, so the reply is stored once, however often it is sent.
    unanswered.set(frame.id, frame.seq);
    socket.send(JSON.stringify({ message: frame.message.slice(6), client_id: frame.id }));
  }
}

// Runs until the connection ends; returns its close code.
function talk() {
  const first = epoch === null;
  const since = Math.min(seq + 1, ...unanswered.values()) - 1;
  const query = new URLSearchParams(first ? { history: 1 } : { since, epoch });
  // The token is not in the URL, so that no proxy logs it.
  const socket = new Socket(`${base.replace(/^http/, 'ws')}/ws/chat/${encodeURIComponent(room)}/?${query}`, ['bearer', login.token]);
  return new Promise((resolve) => {
    let wait = 0;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'room_users_list') {
        epoch = frame.epoch;
        console.log(`In ${room}.`);
      } else if (frame.type === 'reset') { // a different history, sent in full next
        seq = 0;
        unanswered.clear();
      } else if (frame.type === 'chat_message') {
        hear(socket, frame, first && frame.history === true);
      } else if (frame.type === 'error') {
        console.error(frame.error);
        wait = frame.retry_after_ms ?? 0;
        if (wait > 0) socket.close(); // refused messages are read and answered again
      }
    };
    socket.onerror = () => {}; // onclose follows
    socket.onclose = async ({ code }) => {
      await pause(wait);
      resolve(wait > 0 ? 1011 : code);
    };
  });
}

async function run() {
  if (!process.env.CHAT_USER || !process.env.CHAT_PASSWORD) {
    throw new Error('CHAT_USER and CHAT_PASSWORD must be set: the name and the password to log in with.');
  }
  for (let delay = 1000; ; delay = Math.min(2 * delay, 60000)) {
    let problem;
    try {
      login ??= await logIn();
      const code = await talk();
      if (code !== 1006) delay = 1000;
      if (code === 4001) login = null;
      else if (final.includes(code)) throw new Refused(0, `The server closed the connection for good (${code}).`);
      problem = `The connection ended (${code}).`;
    } catch (error) {
      if (error.isFinal) throw error;
      problem = error.message;
    }
    console.error(problem);
    await pause(delay * (0.5 + Math.random() / 2));
  }
}

run().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
