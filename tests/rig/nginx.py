# SPDX-License-Identifier: Apache-2.0
"""nginx with TLS and HTTP/2 over files of a folder, in the tests' own network."""
import pathlib
import socket
import subprocess
import time

SETTINGS = """
daemon off;
user root root;
worker_processes 1;
pid {place}/pid;
error_log {place}/errors warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {place}/body;
  proxy_temp_path {place}/proxy;
  fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi;
  scgi_temp_path {place}/scgi;
  gzip on;
  gzip_types *;
  server {{
    listen {address}:443 ssl http2;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    root {place}/files;
    location /v1/old/ {{ return 302 /v1/small; }}
  }}
}}
"""


class Nginx:
    def __init__(self, leaf, address, place, files):
        place = pathlib.Path(place)
        place.mkdir(parents=True)
        for name, data in files.items():
            path = place / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        settings = place / "nginx.conf"
        settings.write_text(SETTINGS.format(place=place, address=address, certificate=leaf[0], key=leaf[1]))
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-c", settings], stdout=subprocess.DEVNULL,
                                        stderr=open(place / "said", "wb"))
        for _ in range(200):
            try:
                socket.create_connection((address, 443), timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((place / "said").read_text() + (place / "errors").read_text())

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=30)
