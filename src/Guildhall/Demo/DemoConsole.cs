using Guildhall.Api;
using Guildhall.Console;
using Guildhall.Console.SignIn;
using Guildhall.Identity;
using Microsoft.AspNetCore.Components;

namespace Guildhall.Demo;

/// <summary>The demo's switches as a bar above each page of the console: another tenant, a later time, a channel that fails.</summary>
internal sealed class DemoConsole(DemoNetwork network, DemoClock clock)
{
    private const string Failure = "the orderer does not answer (the demo was told so)";

    /// <summary>The tenants, once they are sown.</summary>
    public IReadOnlyList<DemoAccount> Tenants { get; set; } = [];

    public ConsoleBar Bar => new(Show, Find);

    private RenderFragment Show(ConsoleRequest request) => builder =>
    {
        builder.OpenComponent<DemoBar>(0);
        builder.AddComponentParameter(1, nameof(DemoBar.Tenants), Tenants.Select(tenant => tenant.Name).ToArray());
        builder.AddComponentParameter(2, nameof(DemoBar.Now), clock.GetUtcNow());
        builder.AddComponentParameter(3, nameof(DemoBar.IsFailing), network.State.Channels[0].Failure is not null);
        builder.CloseComponent();
    };

    private ConsoleRoute? Find(string[] path) => path switch
    {
        ["tenant"] => new(Access.Anyone, SwitchTenantAsync),
        ["clock"] => new(Access.Anyone, AdvanceAsync),
        ["network"] => new(Access.Anyone, SetNetworkAsync),
        _ => null,
    };

    private async Task<IResult> SwitchTenantAsync(ConsoleRequest request)
    {
        if (Tenants.FirstOrDefault(tenant => tenant.Name == request.Form["tenant"]) is not { } tenant)
        {
            return request.NotFound();
        }

        var name = new LoginName(tenant.User.Id, "", "", "");
        var scope = LoginScope.Session with { ProjectId = tenant.Project.Id };
        var issued = await request.Get<Logins>().LogInAsync(name, tenant.User.Password, scope, Authentication.OriginOf(request.Context), request.Aborted);
        if (issued.IsRefused(out var refusal, out var token))
        {
            return request.Refuse(refusal);
        }

        SignInPages.Keep(request, token);
        return request.Go(ConsoleApp.Root);
    }

    private async Task<IResult> AdvanceAsync(ConsoleRequest request)
    {
        var seconds = int.TryParse(request.Form["seconds"], out var wanted) && wanted > 0 ? wanted : 3600;
        var advanced = await clock.AdvanceAsync(seconds, request.Aborted);
        return advanced.IsRefused(out var refusal) ? request.Refuse(refusal) : Back(request);
    }

    private async Task<IResult> SetNetworkAsync(ConsoleRequest request)
    {
        await network.SetAsync(network.State.Channels[0] with { Failure = request.Form["fails"] == "1" ? Failure : null }, request.Aborted);
        return Back(request);
    }

    private static IResult Back(ConsoleRequest request) => request.Go(LocalPath.Or(request.Form["to"], ConsoleApp.Root));
}
