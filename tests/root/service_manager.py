"""The part of a service manager that jailmount(8) talks to, for one unit.

service_manager.py DIRECTORY COMMAND [ARGUMENT...]

Starts the command as a unit's main process, in the control group $GROUP if that
is set, which is its own and stays. What it is told to do arrives as
lines in the FIFO DIRECTORY/orders: "kill" kills the process with SIGKILL,
"start" starts it again with what it has had stored, "stop" sends SIGTERM,
"add PATH" stores a socket that listens at that UNIX address, "end" ends all.
What the process says is appended to DIRECTORY/said, a line each; DIRECTORY/pid
is its process id, DIRECTORY/stored the names of what is stored.
"""

import array
import os
import select
import signal
import socket
import sys

directory, command = sys.argv[1], sys.argv[2:]
group = os.environ.pop("GROUP", None)
stored = []  # (name, descriptor)
process = None


def path(name):
    return os.path.join(directory, name)


def write(name, text):
    with open(path(name + ".new"), "w") as file:
        file.write(text)
    os.rename(path(name + ".new"), path(name))


def write_stored():
    write("stored", "".join(name + "\n" for name, _ in stored))


def hand_over():
    """In the child: what is stored gets the numbers from 3 on."""
    high = [os.dup2(fd, 200 + i) for i, (_, fd) in enumerate(stored)]
    for i, fd in enumerate(high):
        os.dup2(fd, 3 + i)
    os.environ["LISTEN_PID"] = str(os.getpid())
    os.environ["LISTEN_FDS"] = str(len(stored))
    os.environ["LISTEN_FDNAMES"] = ":".join(name for name, _ in stored)
    os.closerange(3 + len(stored), 300)
    os.execv(command[0], command)


def start():
    global process
    pid = os.fork()
    if pid == 0:
        os.environ["NOTIFY_SOCKET"] = path("notify")
        os.environ["WATCHDOG_USEC"] = "2000000"
        if group:
            with open(os.path.join(group, "cgroup.procs"), "w") as file:
                file.write("0")
        hand_over()
    process = pid
    write("pid", str(pid))


def end(number):
    global process
    if process:
        os.kill(process, number)
        os.waitpid(process, 0)
    process = None
    write("pid", "")


def receive():
    message, ancillary, _, _ = notify.recvmsg(4096, socket.CMSG_SPACE(64))
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data)
    lines = message.decode().split("\n")
    values = dict(line.split("=", 1) for line in lines)
    kept = values.get("FDSTORE") == "1"
    if kept:
        stored.append((values["FDNAME"], descriptors[0]))
    if values.get("FDSTOREREMOVE") == "1":
        for name, fd in [s for s in stored if s[0] == values["FDNAME"]]:
            os.close(fd)
            stored.remove((name, fd))
    if not kept:
        for fd in descriptors:
            os.close(fd)
    write_stored()
    with open(path("said"), "a") as file:
        file.writelines(line + "\n" for line in lines)


def obey(order):
    words = order.split()
    if words[0] == "kill":
        end(signal.SIGKILL)
    elif words[0] == "start":
        start()
    elif words[0] == "stop":
        end(signal.SIGTERM)
    elif words[0] == "add":
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(words[2])
        listener.listen()
        stored.append((words[1], os.dup(listener.fileno())))
        write_stored()
    elif words[0] == "end":
        end(signal.SIGTERM)
        sys.exit(0)


notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path("notify"))
os.mkfifo(path("orders"))
orders = os.open(path("orders"), os.O_RDWR)
start()
while True:
    ready, _, _ = select.select([notify, orders], [], [])
    if notify in ready:
        receive()
    elif orders in ready:
        for line in os.read(orders, 4096).decode().splitlines():
            obey(line)
