/* as_user ID PROGRAM [ARGUMENT...]: runs it as that user and group. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc > 2 && setgroups(0, NULL) == 0 &&
	    setgid((gid_t)atoi(argv[1])) == 0 &&
	    setuid((uid_t)atoi(argv[1])) == 0)
		execv(argv[2], argv + 2);
	perror("as_user");
	return 1;
}
