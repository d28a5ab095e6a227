// SPDX-License-Identifier: GPL-3.0-or-later
// A room broadcaster on Node's ws, with no accounts and no storage: a message on a path goes to every socket on it.
//
//   node ws_room.mjs [PORT]        prints `ws_room ready: URL`; without a port it takes a free one

import { WebSocketServer } from 'ws';

const rooms = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) });

server.on('listening', () => console.log(`ws_room ready: http://127.0.0.1:${server.address().port}`));
server.on('connection', (socket, request) => {
  const name = request.url.split('?')[0];
  let room = rooms.get(name);
  if (!room) {
    rooms.set(name, (room = new Set()));
  }
  room.add(socket);
  socket.on('message', (data) => {
    const { message } = JSON.parse(data);
    const frame = JSON.stringify({
      type: 'chat_message',
      message,
      sender_username: 'u',
      sender_id: '1',
      timestamp: new Date().toISOString(),
    });
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
