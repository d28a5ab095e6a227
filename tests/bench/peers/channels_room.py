# SPDX-License-Identifier: GPL-3.0-or-later
"""A room broadcaster on Django Channels with its Redis layer, with no accounts and no storage.

REDIS_PORT=PORT /usr/bin/python3 -m daphne -b 127.0.0.1 -p PORT channels_room:application
"""

import datetime
import json
import os

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="only for measuring",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    DEBUG=False,
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # The default capacity drops messages of a busy group, and a lost delivery fails the run.
            "CONFIG": {"hosts": [("127.0.0.1", int(os.environ["REDIS_PORT"]))], "capacity": 100_000},
        }
    },
)
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import re_path  # noqa: E402


class Chat(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = "chat_" + self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        message = json.loads(text_data)["message"]
        await self.channel_layer.group_send(self.group, {"type": "chat.message", "message": message})

    async def chat_message(self, event):
        frame = {
            "type": "chat_message",
            "message": event["message"],
            "sender_username": "u",
            "sender_id": "1",
            "timestamp": datetime.datetime.utcnow().isoformat(),
        }
        await self.send(text_data=json.dumps(frame))


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([re_path(r"ws/chat/(?P<room>[-\w]+)/$", Chat.as_asgi())]),
    }
)
