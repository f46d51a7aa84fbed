# honest: an event loop, tasks, queues, timeouts, and work in a thread
# stdout: [0, 1, 4] timeout 42
import asyncio


async def square(n):
    await asyncio.sleep(0.001 * (3 - n))
    return n * n


async def main():
    squares = await asyncio.gather(*(square(n) for n in range(3)))
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except asyncio.TimeoutError:
        found = "timeout"
    queue = asyncio.Queue()
    await queue.put(await asyncio.to_thread(lambda: 42))
    print(squares, found, await queue.get())


asyncio.run(main())
