// SPDX-License-Identifier: GPL-3.0-or-later
const sendMessage = async (message) => {
  const response = await fetch('/api/messages', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(message),
  });
  
  if (response.ok) {
    console.log('Message sent successfully');
  } else {
    console.error('Failed to send message');
  }
};

const newMessage = {
  senderId: 'user123',
  receiverId: 'user456',
  message: 'Hello, how are you?',
};

sendMessage(newMessage);
