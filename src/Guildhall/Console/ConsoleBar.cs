using Microsoft.AspNetCore.Components;

namespace Guildhall.Console;

/// <summary>What stands above every page where a host has something to add, as the demo has. Its forms are the console's: they pass the same door.</summary>
/// <param name="Show">The bar, for a request.</param>
/// <param name="Find">The form behind a path under <c>/console/bar</c>; null where there is none.</param>
internal sealed record ConsoleBar(Func<ConsoleRequest, RenderFragment> Show, Func<string[], ConsoleRoute?> Find);
