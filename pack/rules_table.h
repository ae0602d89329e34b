/*
 * The rules, one a row: see rules.h for what the columns mean. For rules.c
 * alone.
 */
#ifndef JAILPACK_RULES_TABLE_H
#define JAILPACK_RULES_TABLE_H

#include "pack/rules.h"

/* clang-format off */
static const struct rule table[] = {
/* --- The C library --------------------------------------------------------
 *
 * glibc's unwinding of a thread's stack (sysdeps/nptl/unwind-resume.c,
 * nptl/pthread_exit.c) aborts the process if libgcc_s is not there. */
{ "threads",	RULE_IMPORTS,	"pthread_cancel pthread_exit thrd_exit",
		RULE_LIBRARY,	"libgcc_s.so.1",
		"loaded by the C library when a thread ends or is cancelled" },
{ "backtrace",	RULE_IMPORTS,	"backtrace",
		RULE_LIBRARY_IF, "libgcc_s.so.1",
		"loaded by the C library to walk the stack" },
{ "names",	RULE_IMPORTS,	"getpwnam getpwnam_r getpwuid getpwuid_r "
				"getpwent getpwent_r",
		RULE_NAMES,	"passwd",
		"name service" },
{ "names",	RULE_IMPORTS,	"getgrnam getgrnam_r getgrgid getgrgid_r "
				"getgrent getgrent_r",
		RULE_NAMES,	"group",
		"name service" },
{ "names",	RULE_IMPORTS,	"getgrouplist initgroups",
		RULE_NAMES,	"group initgroups",
		"name service" },
{ "names",	RULE_IMPORTS,	"getspnam getspnam_r",
		RULE_NAMES,	"shadow",
		"name service" },
{ "names",	RULE_IMPORTS,	"getaddrinfo getnameinfo gethostbyname "
				"gethostbyname_r gethostbyname2 "
				"gethostbyname2_r gethostbyaddr "
				"gethostbyaddr_r",
		RULE_NAMES,	"hosts",
		"name service" },
{ "names",	RULE_IMPORTS,	"getservbyname getservbyname_r getservbyport "
				"getservbyport_r getservent getservent_r",
		RULE_NAMES,	"services",
		"name service" },
{ "services",	RULE_IMPORTS,	"getservbyname getservbyname_r getservbyport "
				"getservbyport_r getservent getservent_r",
		RULE_FILES,	"/etc/services",
		"names of ports" },
{ "names",	RULE_IMPORTS,	"getprotobyname getprotobyname_r "
				"getprotobynumber getprotobynumber_r "
				"getprotoent getprotoent_r",
		RULE_NAMES,	"protocols",
		"name service" },
{ "protocols",	RULE_IMPORTS,	"getprotobyname getprotobyname_r "
				"getprotobynumber getprotobynumber_r "
				"getprotoent getprotoent_r",
		RULE_FILES,	"/etc/protocols",
		"names of protocols" },
{ "names",	RULE_IMPORTS,	"getnetbyname getnetbyname_r getnetbyaddr "
				"getnetbyaddr_r",
		RULE_NAMES,	"networks",
		"name service" },
{ "names",	RULE_IMPORTS,	"getrpcbyname getrpcbyname_r getrpcbynumber "
				"getrpcbynumber_r",
		RULE_NAMES,	"rpc",
		"name service" },
{ "rpc",	RULE_IMPORTS,	"getrpcbyname getrpcbyname_r getrpcbynumber "
				"getrpcbynumber_r",
		RULE_FILES,	"/etc/rpc",
		"names of remote procedures" },
{ "charsets",	RULE_IMPORTS,	"iconv_open apr_xlate_open !libaprutil-1.so.* "
				"!apache2 !httpd",
		RULE_CHARSETS,	"ISO-8859-1 ISO-8859-15 CP1252 UTF-7 UTF-16 "
				"UTF-32",
		"character set" },
{ "locale",	RULE_IMPORTS,	"setlocale newlocale",
		RULE_LOCALE,	"LC_ALL LC_CTYPE LC_COLLATE LC_MESSAGES "
				"LC_MONETARY LC_NUMERIC LC_TIME LANG",
		"locale" },
{ "timezone",	RULE_IMPORTS,	"localtime localtime_r mktime tzset",
		RULE_TIME_ZONE,	"TZ",
		"time zone" },
/* --- Libraries with plug-ins or data of their own ----------------------- */
{ "terminfo",	RULE_OBJECT,	"libtinfo.so.* libtinfow.so.* libncurses.so.* "
				"libncursesw.so.*",
		RULE_TERMINAL,	"TERM dumb linux vt100 xterm xterm-256color",
		"terminal" },
{ "pam",	RULE_IMPORTS,	"pam_start pam_start_confdir",
		RULE_PAM,	"/etc/pam.d /usr/lib/pam.d",
		"PAM" },
{ "pam",	RULE_OBJECT,	"pam_unix.so",
		RULE_FILES,	"/usr/sbin/unix_chkpwd /sbin/unix_chkpwd",
		"helper of PAM" },
{ "pam",	RULE_OBJECT,	"pam_access.so",
		RULE_FILES,	"/etc/security/access.conf "
				"/etc/security/access.d/*.conf",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_env.so",
		RULE_FILES,	"/etc/security/pam_env.conf /etc/environment",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_faillock.so",
		RULE_FILES,	"/etc/security/faillock.conf",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_group.so",
		RULE_FILES,	"/etc/security/group.conf",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_limits.so",
		RULE_FILES,	"/etc/security/limits.conf "
				"/etc/security/limits.d/*.conf",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_pwquality.so",
		RULE_FILES,	"/etc/security/pwquality.conf "
				"/etc/security/pwquality.conf.d/*.conf",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_shells.so",
		RULE_FILES,	"/etc/shells",
		"settings of PAM" },
{ "pam",	RULE_OBJECT,	"pam_time.so",
		RULE_FILES,	"/etc/security/time.conf",
		"settings of PAM" },
{ "openssl",	RULE_OBJECT,	"libcrypto.so.*",
		RULE_OPENSSL,	"OPENSSL_CONF OPENSSL_MODULES OPENSSL_ENGINES",
		"OpenSSL" },
{ "openssl",	RULE_OBJECT,	"libssl.so.*",
		RULE_FILES,	"${SSL_CERT_FILE} ${SSL_CERT_DIR}/*",
		"certificates that the environment names" },
{ "nss",	RULE_OBJECT,	"libnss3.so",
		RULE_FILES,	"${lib}/libsoftokn3.* ${lib}/libfreebl*.* "
				"${lib}/libnssckbi.so ${lib}/nss/*",
		"cryptography that NSS loads" },
{ "sasl",	RULE_IMPORTS,	"sasl_server_init sasl_client_init !libldap*",
		RULE_FILES,	"${lib}/sasl2/*.so /usr/lib/sasl2/*.conf "
				"/etc/sasl2/*.conf",
		"mechanism of SASL" },
{ "krb5",	RULE_OBJECT,	"libkrb5.so.*",
		RULE_FILES,	"/etc/krb5.conf /etc/krb5.conf.d/* "
				"${lib}/krb5/plugins/**",
		"settings and plug-ins of Kerberos" },
{ "krb5",	RULE_OBJECT,	"libgssapi_krb5.so.*",
		RULE_FILES,	"/etc/gss/mech /etc/gss/mech.d/*.conf",
		"mechanisms of GSSAPI" },
{ "wrap",	RULE_OBJECT,	"libwrap.so.*",
		RULE_FILES,	"/etc/hosts.allow /etc/hosts.deny",
		"who may call, for TCP wrappers" },
{ "tirpc",	RULE_OBJECT,	"libtirpc.so.*",
		RULE_FILES,	"/etc/netconfig",
		"transports of remote procedure calls" },
{ "magic",	RULE_OBJECT,	"libmagic.so.*",
		RULE_DATA,	"/usr/share/misc/magic.mgc /usr/share/file/magic.mgc",
		"database of libmagic" },
{ "magic",	RULE_OBJECT,	"libmagic.so.*",
		RULE_FILES,	"/etc/magic",
		"database of libmagic" },
/* Apache's program imports all of APR, to hand it on to its modules. */
{ "drivers",	RULE_IMPORTS,	"apr_dbd_get_driver apr_dbd_open_ex "
				"!apache2 !httpd",
		RULE_FILES,	"${lib}/apr-util-1/apr_dbd_*.so",
		"database driver of APR" },
{ "drivers",	RULE_IMPORTS,	"apr_dbm_open apr_dbm_open_ex !apache2 !httpd",
		RULE_FILES,	"${lib}/apr-util-1/apr_dbm_*.so",
		"database driver of APR" },
{ "drivers",	RULE_IMPORTS,	"apr_ldap_init apr_ldap_ssl_init "
				"apr_ldap_info !apache2 !httpd",
		RULE_FILES,	"${lib}/apr-util-1/apr_ldap*.so",
		"LDAP driver of APR" },
{ "drivers",	RULE_IMPORTS,	"apr_crypto_init apr_crypto_get_driver "
				"!apache2 !httpd",
		RULE_FILES,	"${lib}/apr-util-1/apr_crypto*.so",
		"cryptography driver of APR" },
{ "drivers",	RULE_OBJECT,	"libodbc.so.*",
		RULE_FILES,	"/etc/odbc.ini /etc/odbcinst.ini",
		"settings of ODBC" },
{ "drivers",	RULE_OBJECT,	"libdbi.so.*",
		RULE_FILES,	"${lib}/dbd/*.so",
		"database driver of libdbi" },
{ "drivers",	RULE_OBJECT,	"libmariadb.so.*",
		RULE_FILES,	"${lib}/libmariadb3/plugin/*.so",
		"plug-in of MariaDB's client" },
{ "drivers",	RULE_OBJECT,	"libdovecot.so.*",
		RULE_FILES,	"/usr/lib/dovecot/modules/**",
		"module of Dovecot" },
/* --- Interpreters ------------------------------------------------------- */
{ "python",	RULE_OBJECT,	"python3.[0-9] python3.[0-9][0-9] "
				"libpython3.[0-9]*.so.*",
		RULE_PYTHON,	"python3 python3.*",
		"Python" },
{ "perl",	RULE_OBJECT,	"perl perl5.* libperl.so.*",
		RULE_PERL,	"perl perl5.*",
		"Perl" },
{ "php",	RULE_OBJECT,	"php php[0-9]* php-cgi* php-fpm* libphp*.so",
		RULE_PHP,	"php php[0-9]* php-cgi*",
		"PHP" },
/* --- Lines of configuration --------------------------------------------- */
{ "apache",	RULE_FILE,	"*",
		RULE_APACHE,	"LoadModule",
		"LoadModule" },
{ "nginx",	RULE_FILE,	"*",
		RULE_NGINX,	"load_module",
		"load_module" },
{ "drivers",	RULE_FILE,	"/etc/odbcinst.ini",
		RULE_LINES,	"Driver % => ${lib}/odbc/%; "
				"Setup % => ${lib}/odbc/%",
		"database driver" },
{ "drivers",	RULE_FILE,	"/dynamicmaps.cf /dynamicmaps.cf.d/*",
		RULE_LINES,	"* % * => /usr/lib/postfix/%",
		"lookup table of Postfix" },
{ "drivers",	RULE_FILE,	"/named.conf /named.conf.*",
		RULE_LINES,	"database dlopen % => ${lib}/bind/%; "
				"plugin query % => ${lib}/bind/%",
		"plug-in of BIND" },
{ "modules",	RULE_FILE,	"/redis.conf /redis/*.conf",
		RULE_LINES,	"loadmodule % => %",
		"module of Redis" },
{ "modules",	RULE_FILE,	"/lighttpd/*.conf",
		RULE_LINES,	"server.modules %... => /usr/lib/lighttpd/%.so",
		"module of lighttpd" },
{ "modules",	RULE_FILE,	"/proftpd/*.conf",
		RULE_LINES,	"LoadModule %.c => /usr/lib/proftpd/%.so",
		"module of ProFTPD" },
{ "modules",	RULE_FILE,	"/rsyslog.conf /rsyslog.d/*.conf",
		RULE_LINES,	"module load % => ${lib}/rsyslog/%.so; "
				"$ModLoad % => ${lib}/rsyslog/%.so",
		"module of rsyslog" },
{ "modules",	RULE_FILE,	"/openvpn/*.conf",
		RULE_LINES,	"plugin % => ${lib}/openvpn/%",
		"plug-in of OpenVPN" },
{ "modules",	RULE_FILE,	"/unbound.conf /unbound.conf.d/*.conf",
		RULE_LINES,	"python-script: % => %; dynlib-file: % => %",
		"module of unbound" },
{ "modules",	RULE_FILE,	"/uwsgi/*.ini",
		RULE_LINES,	"plugins %... => /usr/lib/uwsgi/plugins/"
				"%_plugin.so; plugin %... => "
				"/usr/lib/uwsgi/plugins/%_plugin.so",
		"plug-in of uWSGI" },
{ "programs",	RULE_FILE,	"/sshd_config /sshd_config.d/*.conf",
		RULE_LINES,	"Subsystem * % => %",
		"subsystem of sshd" },
{ "programs",	RULE_FILE,	"/inetd.conf /inetd.d/*",
		RULE_LINES,	"* * * * * % => %; * * * * * */tcpd % => %",
		"server of inetd" },
/* --- What an object says itself ----------------------------------------- */
{ "required",	RULE_NOTE,	"required",
		RULE_NOTED,	"",
		"opened by" },
{ "recommended", RULE_NOTE,	"recommended",
		RULE_NOTED,	"",
		"opened by" },
{ "suggested",	RULE_NOTE,	"suggested",
		RULE_NOTED_ASKED, "",
		"opened by" },
};
/* clang-format on */

#endif
