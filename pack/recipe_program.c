/* The programs that a recipe runs. */
#include "pack/recipe.h"

bool recipe_program(const struct recipe *recipe, size_t index,
		    struct recipe_program *ret_program)
{
	if (index < recipe->service_count) {
		const struct recipe_service *service = &recipe->services[index];

		*ret_program =
			(struct recipe_program){ service->service.arguments,
						 &service->at,
						 service->service.name };
		return true;
	}
	if (index > 0 || !recipe->config.arguments)
		return false;
	*ret_program = (struct recipe_program){ recipe->config.arguments,
						&recipe->run_at, NULL };
	return true;
}
