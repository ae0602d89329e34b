/* Sends COUNT messages to /dev/log as fast as it takes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	int count = argc > 1 ? atoi(argv[1]) : 0;

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("/dev/log");
		return 1;
	}
	for (int i = 1; i <= count; i++) {
		char text[512];

		(void)snprintf(text, sizeof(text), "<11>flood: message %0300d",
			       i);
		if (write(fd, text, strlen(text)) < 0) {
			perror("write");
			return 1;
		}
	}
	puts("flooded");
	return 0;
}
