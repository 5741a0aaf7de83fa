using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Console.Services;

/// <summary>A service's channels and organizations, and which peers are where.</summary>
internal static class ChannelPages
{
    private const int MaxDescriptionLength = 256;

    public static async Task<IResult> CreateAsync(ConsoleRequest request, string serviceId)
    {
        var (name, description) = (request.Form["name"], request.Form["description"]);
        Refusal? refusal = !NamingRules.IsChannelName(name) ? Refusal.ChannelNameInvalid.Because(Refusal.Quote(name))
            : description.Length > MaxDescriptionLength ? Refusal.ParameterInvalid.Because($"the description has {description.Length} characters, {MaxDescriptionLength} at most")
            : null;
        if (refusal is null)
        {
            (await request.Channels.CreateAsync(request.Caller, serviceId, [(name, description)], request.Aborted)).IsRefused(out refusal);
        }

        return refusal is null
            ? request.Go($"/console/services/{serviceId}/channels/{name}", request.T("Channel {0} is created. It is empty: let peers of your organizations join it.", name))
            : await ServicesPages.ShowAsync(request, serviceId, refusal);
    }

    public static Task<IResult> ShowAsync(ConsoleRequest request, string serviceId, string name) => ShowAsync(request, serviceId, name, null);

    public static async Task<IResult> AddPeersAsync(ConsoleRequest request, string serviceId, string name)
    {
        var refusal = PeersIn(request).IsRefused(out var unfit, out var peers) ? unfit : null;
        if (refusal is null)
        {
            (await request.Channels.AddPeersAsync(request.Caller, serviceId, name, [(request.Form["organization"], peers)], request.Aborted)).IsRefused(out refusal);
        }

        return await AfterAsync(request, serviceId, name, refusal, request.T("The peers joined the channel."));
    }

    public static async Task<IResult> RemovePeersAsync(ConsoleRequest request, string serviceId, string name)
    {
        var refusal = PeersIn(request).IsRefused(out var unfit, out var peers) ? unfit : null;
        if (refusal is null)
        {
            (await request.Channels.RemovePeersAsync(request.Caller, serviceId, name, request.Form["organization"], peers, request.Aborted)).IsRefused(out refusal);
        }

        return await AfterAsync(request, serviceId, name, refusal, request.T("The peers left the channel."));
    }

    public static async Task<IResult> RemoveOrganizationAsync(ConsoleRequest request, string serviceId, string name)
    {
        (await request.Channels.RemoveOrganizationsAsync(request.Caller, serviceId, name, [request.Form["organization"]], request.Aborted)).IsRefused(out var refusal);
        return await AfterAsync(request, serviceId, name, refusal, request.T("The organization left the channel."));
    }

    public static async Task<IResult> DeleteAsync(ConsoleRequest request, string serviceId, string name) =>
        (await request.Channels.DeleteAsync(request.Caller, serviceId, name, request.Aborted)).IsRefused(out var refusal, out _)
            ? await ShowAsync(request, serviceId, name, refusal)
            : request.Go("/console/services/" + serviceId, request.T("Channel {0} is deleted.", name));

    public static async Task<IResult> ChangeOrganizationAsync(ConsoleRequest request, string serviceId)
    {
        var isRemoval = request.Form.Has("remove");
        var refusal = PeersIn(request).IsRefused(out var unfit, out var peers) && !isRemoval ? unfit : null;
        if (refusal is null)
        {
            var change = new OrganizationChange([new Organization(request.Form["organization"], peers)], isRemoval);
            (await request.Services.ChangeOrganizationsAsync(request.Caller, serviceId, change, request.Aborted)).IsRefused(out refusal);
        }

        return refusal is null
            ? request.Go("/console/services/" + serviceId, request.T("The organizations are changed."))
            : await ServicesPages.ShowAsync(request, serviceId, refusal);
    }

    private static Result<int> PeersIn(ConsoleRequest request) => int.TryParse(request.Form["peers"], out var peers) && peers > 0
        ? peers
        : Refusal.ParameterInvalid.Because($"peers must be a whole number from 1, not {Refusal.Quote(request.Form["peers"])}");

    private static async Task<IResult> AfterAsync(ConsoleRequest request, string serviceId, string name, Refusal? refusal, string notice) =>
        refusal is null ? request.Go($"/console/services/{serviceId}/channels/{name}", notice) : await ShowAsync(request, serviceId, name, refusal);

    private static async Task<IResult> ShowAsync(ConsoleRequest request, string serviceId, string name, Refusal? refusal) =>
        (await request.Overview.ShowChannelAsync(request.Caller, serviceId, name, request.Aborted)).IsRefused(out _, out var view)
            ? request.NotFound()
            : request.Show<ChannelPage, ChannelModel>(request.T("Channel {0}", name), new ChannelModel(view, refusal), refusal);
}
