// SPDX-License-Identifier: GPL-3.0-or-later
// The naive durable server: ws_room.mjs, and each message is on the disk before anybody hears of it. Again no accounts.
//
//   node ws_durable.mjs FILE [PORT]        says `ws_durable ready: URL`; without a port it takes a free one

import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { WebSocketServer } from 'ws';

const log = openSync(process.argv[2], 'a', 0o600);
process.on('exit', () => closeSync(log));
process.on('SIGTERM', () => process.exit(0));

const rooms = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[3] ?? 0) });

server.on('listening', () => console.log(`ws_durable ready: http://127.0.0.1:${server.address().port}`));
server.on('connection', (socket, request) => {
  const name = request.url.split('?')[0];
  let room = rooms.get(name);
  if (!room) {
    rooms.set(name, (room = new Set()));
  }
  room.add(socket);
  socket.on('message', (data) => {
    const { message } = JSON.parse(data);
    const timestamp = new Date().toISOString();
    const frame = JSON.stringify({ type: 'chat_message', message, sender_username: 'u', sender_id: '1', timestamp });
    writeSync(log, `${JSON.stringify([name, frame])}\n`);
    fdatasyncSync(log);
    for (const member of room) {
      if (member.readyState === 1) {
        member.send(frame);
      }
    }
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    room.delete(socket);
    if (room.size === 0) {
      rooms.delete(name);
    }
  });
});
