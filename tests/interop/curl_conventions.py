# SPDX-License-Identifier: GPL-3.0-or-later
"""Conventions common to all documents, with curl: paths, errors, cookies, origins, the front page."""

import re
import unittest
from urllib.parse import quote

from support.curl import bearer, curl, post
from support.daemon import Daemon
from support.people import PASSWORD, register

TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Conventions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = cls.enterClassContext(
            Daemon("http://127.0.0.1:0", "https://127.0.0.1:0",
                   ROOKERY_HTTP_ALLOWED_ORIGINS="https://chat.example.org"))
        cls.token = register(cls.daemon, "ann")["ann"]
        cls.header = bearer(cls.token)

    def test_paths_work_with_and_without_trailing_slash(self):
        for path in ("/api/users/profile", "/chat/history", "/sessions", "/users/ann"):
            for spelling in (path, path + "/"):
                with self.subTest(spelling):
                    self.assertEqual(curl(f"{self.daemon.http}{spelling}", *self.header).status, 200)
        for spelling in ("/login", "/login/", "/api/auth/login", "/api/auth/login/"):
            with self.subTest(spelling):
                reply = post(f"{self.daemon.http}{spelling}", {"username": "ann", "password": PASSWORD})
                self.assertEqual(reply.status, 200, reply.body)

    def test_unknown_fields_are_ignored(self):
        reply = post(f"{self.daemon.http}/api/chats/send", {"message": "hi", "colour": "green"}, *self.header)
        self.assertEqual(reply.status, 200, reply.body)

    def test_errors_are_problem_details(self):
        rows = [
            (curl(f"{self.daemon.http}/no/such/path"), 404, "not_found"),
            (curl("-X", "DELETE", f"{self.daemon.http}/login"), 405, "method_not_allowed"),
            (curl(f"{self.daemon.http}/api/users/profile"), 401, "unauthorized"),
            (post(f"{self.daemon.http}/api/chats/send", {"message": "x" * 4001}, *self.header), 400,
             "message_too_long"),
            (post(f"{self.daemon.http}/api/chats/send", {"message": "x" * 70_000}, *self.header), 413,
             "payload_too_large"),
        ]
        for reply, status, code in rows:
            with self.subTest(code):
                self.assertEqual(reply.status, status, reply.body)
                self.assertTrue(reply.header("content-type").startswith("application/problem+json"))
                problem = reply.json
                self.assertLessEqual({"type", "title", "status", "detail", "code", "error"}, problem.keys())
                self.assertEqual((problem["status"], problem["code"]), (status, code))
                self.assertEqual(problem["error"], problem["detail"])

    def test_one_long_field_is_no_large_head(self):
        url = f"{self.daemon.http}/api/users/profile"
        self.assertEqual(curl(url, *bearer("x" * 9000)).status, 401)
        self.assertEqual(curl(url, *self.header, "-H", f"X-Long: {'x' * 30_000}").status, 200)
        self.assertEqual(curl(url, *self.header, "-H", f"X-Long: {'x' * 33_000}").status, 431)

    def test_names_of_users(self):
        for name, status in (("a.b-c_d", 201), ("Ärger7", 201), (".ab", 400), ("ab-", 400), ("a b", 400), ("a", 400),
                             ("x" * 33, 400), ("a+b", 400)):
            with self.subTest(name):
                reply = post(f"{self.daemon.http}/register", {"username": name, "password": PASSWORD})
                self.assertEqual(reply.status, status, reply.body)

    def test_the_direct_room_with_oneself(self):
        room = post(f"{self.daemon.http}/api/v1/direct", {"user": "ann"}, *self.header)
        self.assertEqual((room.status, [peer["username"] for peer in room.json["room"]["peers"]]), (200, ["ann"]))
        refused = post(f"{self.daemon.http}/api/v1/rooms/{room.json['room']['id']}/members", {"user": "ann"}, *self.header)
        self.assertEqual((refused.status, refused.json["code"]), (403, "forbidden"))
        self.assertIn("direct room", refused.json["detail"])

    def test_lists_by_their_next(self):
        """As the table in api.md, "Lists", has them."""
        api = f"{self.daemon.http}/api/v1"
        tokens = register(self.daemon, "host", "invited", "third")
        for number in range(3):
            post(f"{api}/rooms", {"name": f"list{number}", "private": True}, *bearer(tokens["host"]))
            post(f"{api}/rooms/list{number}/members", {"user": "invited"}, *bearer(tokens["host"]))
            post(f"{api}/rooms", {"name": f"open-list{number}"}, *bearer(tokens["host"]))
        for name in ("ann", "third"):
            self.assertEqual(curl("-X", "PUT", f"{api}/blocked/{name}", *bearer(tokens["invited"])).status, 204)
        for path, who, place, items, most in (("/rooms", "host", "after", "rooms", 1000),
                                              ("/rooms/open-list0/members", "host", "after", "members", 1000),
                                              ("/rooms/directory", "host", "after", "rooms", 200),
                                              ("/invitations", "invited", "before", "invitations", 200),
                                              ("/blocked", "invited", "after", "users", 200)):
            with self.subTest(path):
                header = bearer(tokens[who])
                for limit, status in ((0, 400), (1, 200), (most, 200), (most + 1, 400)):
                    self.assertEqual(curl(f"{api}{path}?limit={limit}", *header).status, status, limit)
                first = curl(f"{api}{path}?limit=1", *header).json
                if path.endswith("/members"):
                    continue  # the only one
                second = curl(f"{api}{path}?limit=1&{place}={quote(first['next'])}", *header).json
                self.assertNotEqual(first[items], second[items])

    def test_timestamps(self):
        post(f"{self.daemon.http}/chat/send", {"message": "what time is it?"}, *self.header)
        history = curl(f"{self.daemon.http}/chat/history", *self.header).json["chat_history"]
        self.assertRegex(history[-1]["timestamp"], TIMESTAMP)

    def test_a_client_id_makes_a_resend_harmless(self):
        url = f"{self.daemon.http}/chat/send"
        said = {"message": "once", "room": "resend", "client_id": "4b9a6f9e-41dd-4b1c-9f0d-0f6a8a4c2b11"}
        for _ in range(3):
            self.assertEqual(post(url, said, *self.header).status, 200)
        history = curl(f"{self.daemon.http}/chat/history?room=resend", *self.header).json["chat_history"]
        self.assertEqual([message["message"] for message in history], ["once"])
        other = post(url, dict(said, message="something else"), *self.header)
        self.assertEqual((other.status, other.json["code"]), (409, "client_id_reused"))

    def test_login_sets_a_cookie_that_is_good_for_everything(self):
        for url, secure in ((self.daemon.http, False), (self.daemon.https, True)):
            for path in ("/login", "/api/auth/login", "/api/v1/login"):
                with self.subTest(url + path):
                    reply = post(f"{url}{path}", {"username": "ann", "password": PASSWORD}, "-k")
                    value, *attributes = [part.strip() for part in reply.header("set-cookie").split(";")]
                    self.assertTrue(value.startswith("__Host-rookery_session=" if secure else "rookery_session="))
                    names = {attribute.lower() for attribute in attributes}
                    self.assertLessEqual({"httponly", "samesite=strict", "path=/"}, names)
                    self.assertEqual("secure" in names, secure)
                    profile = curl("-k", f"{url}/api/users/profile", "-b", value)
                    self.assertEqual(profile.status, 200, profile.body)

    def test_pages_of_other_origins_are_ruled_by_allowed_origins(self):
        login = post(f"{self.daemon.http}/login", {"username": "ann", "password": PASSWORD})
        cookie = login.header("set-cookie").split(";")[0]
        names = {value.split("=")[0] for value in login.headers["set-cookie"]}
        self.assertEqual(names, {"rookery_session", "rookery_device"})
        over_tls = post(f"{self.daemon.https}/login", {"username": "ann", "password": PASSWORD}, "-k")
        names = {value.split("=")[0] for value in over_tls.headers["set-cookie"]}
        self.assertEqual(names, {"__Host-rookery_session", "__Host-rookery_device"})
        for origin, allowed in (("https://chat.example.org", True), ("https://elsewhere.example", False)):
            with self.subTest(origin):
                preflight = curl("-X", "OPTIONS", f"{self.daemon.http}/api/chats/send", "-H", f"Origin: {origin}",
                                 "-H", "Access-Control-Request-Method: POST",
                                 "-H", "Access-Control-Request-Headers: content-type")
                self.assertEqual(preflight.header("access-control-allow-origin"), origin if allowed else "")
                sent = post(f"{self.daemon.http}/api/chats/send", {"message": "from a page"},
                            "-b", cookie, "-H", f"Origin: {origin}")
                self.assertEqual(sent.status == 200, allowed, sent.body)

    def test_a_foreign_page_gets_no_websocket(self):
        handshake = ("-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13",
                     "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "--http1.1")
        reply = curl(f"{self.daemon.http}/ws/chat/general/", *handshake, "-H", "Origin: https://elsewhere.example")
        self.assertEqual(reply.status, 403)

    def test_a_token_in_a_query_never_reaches_the_log(self):
        curl(f"{self.daemon.http}/no/such/path?token={self.token}")
        curl(f"{self.daemon.http}/ws/chat/general/?token={self.token}")
        self.assertNotIn(self.token, self.daemon.log())

    def test_front_page_and_swagger(self):
        front = curl(f"{self.daemon.http}/")
        self.assertEqual(front.status, 200)
        self.assertTrue(front.header("content-type").startswith("text/html"))
        self.assertIn(b'href="swagger/"', front.body)
        swagger = curl("-L", f"{self.daemon.http}/swagger/")
        self.assertEqual(swagger.status, 200)
        self.assertIn(b"swagger-ui", swagger.body)
        # Everything it loads is the daemon's own, so that it works offline.
        self.assertNotRegex(swagger.body.decode(), r'(src|href)="(https?:)?//')
        for script in re.findall(r'(?:src|href)="([^"#]+)"', swagger.body.decode()):
            with self.subTest(script):
                path = script if script.startswith("/") else f"/swagger/{script.removeprefix('./')}"
                self.assertEqual(curl(f"{self.daemon.http}{path}").status, 200)

    def test_openapi_document(self):
        document = None
        for path in ("/swagger/openapi.json", "/openapi.json"):
            reply = curl(f"{self.daemon.http}{path}")
            if reply.status == 200:
                document = reply.json
        self.assertIsNotNone(document)
        self.assertTrue(document["openapi"].startswith("3.1"))
        self.assertLessEqual({"/register", "/login", "/api/auth/register", "/api/messages", "/api/chats/send"},
                             {path.rstrip("/") for path in document["paths"]})


class BehindAProxy(unittest.TestCase):
    """What `[http] trusted_proxies` believes; curl is the proxy and says for whom it asks."""

    FORWARDED = ("-H", "X-Forwarded-For: 198.51.100.1, 192.0.2.7", "-H", "X-Forwarded-Proto: https")

    def addresses_seen(self, **settings):
        with Daemon("http://127.0.0.1:0", **settings) as daemon:
            register(daemon, "ann")
            login = post(f"{daemon.http}/login", {"username": "ann", "password": PASSWORD}, *self.FORWARDED)
            self.assertEqual(login.status, 200, login.body)
            sessions = curl(f"{daemon.http}/sessions", *bearer(login.json["token"])).json["sessions"]
            return {session["address"] for session in sessions if session["current"]}, login.header("set-cookie")

    def test_a_trusted_proxy_says_where_a_client_is(self):
        addresses, cookie = self.addresses_seen(ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.1")
        self.assertEqual(addresses, {"192.0.2.7"})
        self.assertIn("Secure", cookie)

    def test_nobody_else_does(self):
        addresses, cookie = self.addresses_seen()
        self.assertEqual(addresses, {"127.0.0.1"})
        self.assertNotIn("Secure", cookie)

    def test_log_ins_are_counted_by_the_address_of_the_client(self):
        with Daemon("http://127.0.0.1:0", ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.0/8",
                    ROOKERY_LIMITS_LOGINS_PER_MINUTE="2") as daemon:
            def try_as(address, name):
                return post(f"{daemon.http}/login", {"username": name, "password": "not the one"},
                            "-H", f"X-Forwarded-For: {address}").status
            self.assertEqual([try_as("192.0.2.1", f"name{i}") for i in range(3)], [401, 401, 429])
            self.assertEqual(try_as("192.0.2.2", "name9"), 401)
            # One customer has all addresses of a /64.
            self.assertEqual([try_as(f"2001:db8::{i}", f"six{i}") for i in range(3)], [401, 401, 429])
            self.assertEqual(try_as("2001:db8:0:1::1", "six9"), 401)

    def test_a_page_behind_tls_of_the_proxy_is_of_the_same_origin(self):
        with Daemon("http://127.0.0.1:0", ROOKERY_HTTP_TRUSTED_PROXIES="127.0.0.1") as daemon:
            token = register(daemon, "ann")["ann"]
            page = ("-H", "Host: chat.example.org", "-H", "Origin: https://chat.example.org",
                    "-H", f"Cookie: __Host-rookery_session={token}; rookery_session={token}")
            url, said = f"{daemon.http}/chat/send", {"message": "hi"}
            self.assertEqual(post(url, said, *page, "-H", "X-Forwarded-Proto: https").status, 200)
            self.assertEqual(post(url, said, *page).status, 403)


if __name__ == "__main__":
    unittest.main(verbosity=2)
