"""A web server that behaves as archives do: parts of files, cut-off answers, error pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What the server holds and what it was asked."""

    content: bytes
    address: str = ""
    cut_after: int | None = None
    status: int = 200
    knows_parts: bool = True
    asked: list[str | None] = field(default_factory=list)


@contextmanager
def serving(content: bytes) -> Iterator[Served]:
    """Serve one file under any name until the block ends."""
    served = Served(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            served.asked.append(wanted)
            if served.status != 200:
                self.send_error(served.status)
                return
            start = 0
            if wanted and served.knows_parts:
                start = int(wanted.removeprefix("bytes=").rstrip("-"))
                if start >= len(served.content):
                    self.send_error(416)
                    return
            body = served.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if served.cut_after is None else body[: served.cut_after])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
