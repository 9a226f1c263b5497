"""A web server that answers with the client's address: what it says shows whether a packet was masqueraded."""

import http.server
import socket
import sys


class Mirror(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.client_address[0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


http.server.HTTPServer.server_bind = http.server.socketserver.TCPServer.server_bind
if ":" in sys.argv[1]:
    http.server.HTTPServer.address_family = socket.AF_INET6
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Mirror).serve_forever()
