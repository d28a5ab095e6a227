// SPDX-License-Identifier: GPL-3.0-or-later
const socket = new WebSocket('ws://localhost:5000');

socket.onopen = () => {
  console.log('WebSocket connection opened');
};

socket.onmessage = (event) => {
  console.log('New message received:', event.data);
};

socket.onclose = () => {
  console.log('WebSocket connection closed');
};
