/* What every plugin of Janus's must say of itself; these are never shown to anybody. */
#ifndef PLUGIN_IDENTITY_H
#define PLUGIN_IDENTITY_H

#define PLUGIN_IDENTITY(API_VERSION, NAME, PACKAGE)                                             \
	static int plugin_api(void) { return API_VERSION; }                                         \
	static int plugin_version(void) { return 1; }                                               \
	static const char *plugin_version_string(void) { return "1"; }                              \
	static const char *plugin_name(void) { return NAME; }                                       \
	static const char *plugin_author(void) { return "janus-zeromq"; }                           \
	static const char *plugin_package(void) { return PACKAGE; }

/* Its members in the structure of callbacks. */
#define PLUGIN_IDENTITY_MEMBERS                                                                 \
	.get_api_compatibility = plugin_api, .get_version = plugin_version,                         \
	.get_version_string = plugin_version_string, .get_description = plugin_name,                \
	.get_name = plugin_name, .get_author = plugin_author, .get_package = plugin_package

#endif
