"""A program that answers every AWS call on loopback at once, so that a benchmark pays its own side of the network."""

import asyncio
import sys

ANSWERS = {b"SendMessageBatch": b'{"Successful":[]}', b"UpdateItem": b"{}"}


async def serve(port: int) -> None:
    """Answers until it is ended."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                body = next(text for name, text in ANSWERS.items() if name.lower() in head)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port, limit=1 << 22)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
