using Guildhall.Api;
using Guildhall.Api.Keystone;
using Guildhall.Console;
using Guildhall.Fabric;
using Guildhall.Identity;
using Guildhall.Memberships;
using Guildhall.Operations;
using Guildhall.Outbox;
using Guildhall.Storage;
using Microsoft.AspNetCore.HttpOverrides;

namespace Guildhall.Hosting;

/// <summary>Puts the service together: what it consists of, the way of a request, and what it answers to.</summary>
public static class GuildhallServer
{
    /// <summary>A server that is ready to start. The store is migrated, and stays the caller's to dispose.</summary>
    public static async Task<WebApplication> BuildAsync(
        ServerSettings settings,
        Store store,
        TimeProvider clock,
        IChannelNetwork network,
        Action<WebApplicationBuilder>? configure = null,
        CancellationToken cancellationToken = default)
    {
        var operationIds = new OperationIds(clock);
        operationIds.StartAfter(await store.ReadAsync(session => session.FindLastOperationIdAsync(cancellationToken), cancellationToken));

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.UseTransport(settings);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(settings.Limits).AddSingleton(settings.Quotas).AddSingleton(settings.Wire).AddSingleton(settings.Operators);
        builder.Services.AddSingleton(store).AddSingleton(clock).AddSingleton(network).AddSingleton(operationIds);
        builder.Services.AddSingleton<MembershipIds>().AddSingleton<MemberManagement>();
        builder.Services.AddSingleton<ServiceManagement>().AddSingleton<ChannelManagement>().AddSingleton<SignatureManagement>();
        builder.Services.AddSingleton<Overview>().AddSingleton<Consortia>();
        builder.Services.AddSingleton(settings.Fabric).AddSingleton(settings.Fabric.CreateSigners(store.Keys)).AddSingleton<NetworkManagement>().AddSingleton<PossessionManagement>();
        builder.Services.AddIdentity().AddSingleton<Drain>().AddSingleton<RefusalPace>().AddSingleton<MemberLists>();
        builder.Services.AddSingleton(MemoryBudget.OfProcess).AddSingleton<LongAnswers>();
        builder.Services.AddSingleton(settings.Load).AddSingleton<AccountRates>();
        builder.Services.AddSingleton(new Gate(settings.Load, () => ThreadPool.PendingWorkItemCount));
        builder.Services.AddSingleton<EventStreams>();
        builder.Services.AddSingleton(FabricOptions.Default).AddNodes(settings);
        builder.Services.AddSingleton<Holders>().AddSingleton<ChannelSessions>().AddSingleton<OwnNodes>().AddSingleton<KeptKeys>().AddSingleton<SignatureRounds>().AddSingleton<FabricNetwork>();
        builder.Services.AddSingleton<ChannelPreviews>().AddSingleton<ChannelTruth>().AddSingleton(settings.Watch).AddSingleton<Watcher>();
        builder.Services.AddSingleton<Worker>().AddHostedService(services => services.GetRequiredService<Worker>());
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseTrustedProxies(settings.TrustedProxies);
        app.UseMiddleware<RequestGuard>();
        app.UseRouting();
        app.UseMiddleware<Authentication>();
        app.UseMiddleware<IdempotencyKey>();
        app.MapHealth();
        app.MapOpenApi();
        app.MapKeystone();
        app.MapBcs();
        ConsoleApp.Map(app);
        return app;
    }

    private static void UseTrustedProxies(this IApplicationBuilder app, IReadOnlyList<System.Net.IPNetwork> proxies)
    {
        if (proxies.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            options.KnownIPNetworks.Add(proxy);
        }

        app.UseForwardedHeaders(options);
    }
}
