#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// Sends a message to a room exactly once: for cron jobs, builds, alarms.
//
//     CHAT_USER=cron CHAT_PASSWORD='a long password' node notify.js ROOM TEXT...
//
// Without TEXT it reads standard input. The server is CHAT_URL, by default http://localhost:5000. The exit status is 0 once
// the message is on the server's disk. Needs only Node.js, 18 or later.
'use strict';

const { randomUUID } = require('node:crypto');
const { readFileSync } = require('node:fs');

const base = (process.env.CHAT_URL ?? 'http://localhost:5000').replace(/\/$/, '');
const tries = 8;

class Refused extends Error {
  constructor(answer, text) {
    super(text);
    this.status = answer.status;
    this.isFinal = answer.status < 500 && answer.status !== 429;
    this.retryAfter = Number(answer.headers.get('Retry-After') ?? 0);
  }
}

async function post(path, body, token) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30000) });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refused(answer, value.error);
  return value;
}

// Retries while the server is down, busy or full, after Retry-After or a growing delay.
async function patiently(action) {
  for (let number = 0; number < tries; number += 1) {
    let wait = (0.5 + Math.random() / 2) * 2 ** number;
    try {
      return await action();
    } catch (error) {
      if (error.isFinal) throw error;
      console.error(error.cause?.message || error.message);
      wait = Math.max(wait, error.retryAfter ?? 0);
    }
    if (number < tries - 1) await new Promise((resolve) => { setTimeout(resolve, wait * 1000); });
  }
  throw new Error('The message was not sent.');
}

// Returns a token; registers this user if the name is free.
async function logIn() {
  const person = { username: process.env.CHAT_USER, password: process.env.CHAT_PASSWORD };
  try {
    return (await post('/login', person)).token;
  } catch (error) {
    if (error.status !== 401) throw error;
  }
  await post('/register', person);
  return (await post('/login', person)).token;
}

async function main([room, ...words]) {
  if (!room) throw new Error('Usage: node notify.js ROOM TEXT...');
  if (!process.env.CHAT_USER || !process.env.CHAT_PASSWORD) {
    throw new Error('CHAT_USER and CHAT_PASSWORD must be set: the name and the password to log in with.');
  }
  const text = words.join(' ') || readFileSync(0, 'utf8').trim();
  // The same client_id in every attempt: the message is stored once, however often it is sent.
  const message = { room, message: text, client_id: randomUUID() };
  const token = await patiently(logIn);
  await patiently(() => post('/chat/send/', message, token));
  await post('/api/v1/logout', {}, token).catch(() => {}); // the session expires eventually
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exit(1);
});
