"""Both ends of the conversation that record.sh records: a request of odd length, an answer, an orderly end."""

import socket
import sys

REQUEST = b"GET /plaintext HTTP/1.1\r\nHost: workbook\r\n\r\n"  # 43 bytes: odd, so that the checksum's last byte stands alone
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\nHello, World!"
ROUTER_ALERT = bytes([0x94, 0x04, 0x00, 0x00])  # RFC 2113: four bytes of IPv4 options


def serve():
    with socket.create_server(("::", 8080), family=socket.AF_INET6, dualstack_ipv6=True) as listener:
        connection, _ = listener.accept()
        with connection:
            received = b""
            while len(received) < len(REQUEST):
                received += connection.recv(4096)
            connection.sendall(ANSWER)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass


def talk(host, port, options):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as stream:
        stream.settimeout(5)
        if "router-alert" in options:
            stream.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, ROUTER_ALERT)
        stream.connect((host, port))
        stream.sendall(REQUEST)
        while stream.recv(4096):
            pass


if sys.argv[1] == "serve":
    serve()
else:
    talk(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
