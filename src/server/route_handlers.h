// SPDX-License-Identifier: Apache-2.0
// Declares the handlers of the route table (routes.cpp).
#pragma once

#include "server/routes.h"

namespace tapewire::handlers {

HttpResponse symbols(const RouteRequest& request, const Backend& backend);
HttpResponse bars(const RouteRequest& request, const Backend& backend);
HttpResponse news(const RouteRequest& request, const Backend& backend);
HttpResponse signals(const RouteRequest& request, const Backend& backend);
HttpResponse topics(const RouteRequest& request, const Backend& backend);
HttpResponse dead_letters(const RouteRequest& request, const Backend& backend);
HttpResponse health(const RouteRequest& request, const Backend& backend);
HttpResponse sql(const RouteRequest& request, const Backend& backend);
HttpResponse openapi(const RouteRequest& request, const Backend& backend);
HttpResponse metrics(const RouteRequest& request, const Backend& backend);
HttpResponse alive(const RouteRequest& request, const Backend& backend);
HttpResponse ready(const RouteRequest& request, const Backend& backend);

}  // namespace tapewire::handlers
