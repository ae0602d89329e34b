/*
 * A service that tells how it is:
 *
 *   notify_probe ANNOUNCEMENT... run PATH
 *
 * announces each at $NOTIFY_SOCKET, where "wait" waits for PATH; "as=ID" goes
 * on as that user. With "many" it announces without an end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void announce(const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || strlen(path) >= sizeof(address.sun_path)) {
		printf("no socket\n");
		exit(1);
	}
	strcpy(address.sun_path, path);
	if (sendto(fd, text, strlen(text), 0, (struct sockaddr *)&address,
		   sizeof(address)) < 0)
		perror(path);
	close(fd);
}

int main(int argc, char *argv[])
{
	const char *path = argc > 1 ? argv[argc - 1] : "";

	setvbuf(stdout, NULL, _IONBF, 0);
	printf("at %s\n", getenv("NOTIFY_SOCKET"));
	for (int i = 1; i < argc - 1; i++) {
		if (strncmp(argv[i], "as=", 3) == 0 &&
		    setuid((uid_t)atoi(argv[i] + 3)) < 0)
			perror("setuid");
		else if (strcmp(argv[i], "wait") == 0)
			while (access(path, F_OK) < 0)
				usleep(20000);
		else if (strcmp(argv[i], "many") == 0)
			for (int j = 0; j < 20000; j++)
				announce("STATUS=again");
		else if (strncmp(argv[i], "as=", 3) != 0)
			announce(argv[i]);
	}
	printf("done\n");
	for (;;)
		pause();
}
