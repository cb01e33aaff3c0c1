/* Loads a plugin as Janus would, without Janus, and says which version it is of. */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **words) {
	if(count != 2)
		return 2;
	void *library = dlopen(words[1], RTLD_LAZY | RTLD_LOCAL);
	if(library == NULL || dlsym(library, "create") == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	unsigned (*abi)(void) = (unsigned (*)(void))dlsym(library, "jz_abi_version");
	if(abi == NULL)
		return 1;
	printf("%u\n", abi());
	return 0;
}
