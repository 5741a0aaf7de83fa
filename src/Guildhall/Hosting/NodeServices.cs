using Guildhall.Fabric;
using Guildhall.Networks;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Guildhall.Hosting;

/// <summary>How a server reaches the nodes of tenants' networks.</summary>
internal static class NodeServices
{
    public static IServiceCollection AddNodes(this IServiceCollection services, ServerSettings settings) => services
        .AddSingleton(settings.Looks).AddSingleton<LimitedLooks>().AddSingleton<NodeFailures>()
        .AddSingleton(all => new Nodes(
            all.GetRequiredService<NetworkSettings>(),
            all.GetRequiredService<FabricOptions>(),
            () => PortsOf(all.GetService<IServer>()),
            all.GetRequiredService<NodeFailures>().Tell));

    private static int[] PortsOf(IServer? server) =>
        [.. (server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(address => BindingAddress.Parse(address).Port)];
}
