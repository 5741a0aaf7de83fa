using Guildhall.Console.Inbox;
using Guildhall.Console.Keys;
using Guildhall.Console.Members;
using Guildhall.Console.Operations;
using Guildhall.Console.Services;
using Guildhall.Console.SignIn;
using Guildhall.Console.Tenants;
using Guildhall.Console.Topology;

namespace Guildhall.Console;

/// <summary>Everything the console answers to: the table of its pages and forms, and who may have each.</summary>
internal static class ConsoleRoutes
{
    /// <summary>Null where there is nothing.</summary>
    public static ConsoleRoute? Find(string method, string[] path) => method == HttpMethods.Post ? FindForm(path) : FindPage(path);

    private static ConsoleRoute? FindPage(string[] path) => path switch
    {
        [] => new(Access.SignedIn, request => Task.FromResult(request.Go(request.HasProject ? "/console/inbox" : "/console/project"))),
        ["sign-in"] => new(Access.Anyone, SignInPages.ShowAsync),
        ["project"] => new(Access.SignedIn, ProjectPages.ShowAsync),
        ["you"] => new(Access.SignedIn, YouPages.ShowAsync),
        ["inbox"] => new(Access.Project, InboxPages.ListAsync),
        ["inbox", "signatures"] => new(Access.Project, SignaturePages.ListAsync),
        ["inbox", "signatures", var id] => new(Access.Project, request => SignaturePages.ShowAsync(request, id)),
        ["inbox", "signatures", var id, "request.json"] => new(Access.Project, request => SignaturePages.DownloadAsync(request, id)),
        ["inbox", var id] => new(Access.Project, request => InboxPages.ShowAsync(request, id)),
        ["members"] => new(Access.Project, MembersPages.ListAsync),
        ["members.csv"] => new(Access.Project, request => Task.FromResult(MembersPages.ExportCsv(request))),
        ["members.json"] => new(Access.Project, request => Task.FromResult(MembersPages.ExportJson(request))),
        ["members", "invite"] => new(Access.Change, InvitePages.ShowAsync),
        ["members", var service, var id] => new(Access.Project, request => MembersPages.ShowAsync(request, service, id)),
        ["members", var service, var id, "remove"] => new(Access.Change, request => EndPages.AskRemoveAsync(request, service, id)),
        ["members", var service, var id, "quit"] => new(Access.Change, request => EndPages.AskQuitAsync(request, service, id)),
        ["services"] => new(Access.Project, ServicesPages.ListAsync),
        ["services", "new"] => new(Access.Change, ServicesPages.AskNewAsync),
        ["services", var id] => new(Access.Project, request => ServicesPages.ShowAsync(request, id)),
        ["services", var id, "delete"] => new(Access.Change, request => ServicesPages.AskDeleteAsync(request, id)),
        ["services", var id, "network"] => new(Access.Project, request => NetworkPages.ShowAsync(request, id)),
        ["services", var id, "network", "challenge", var organization] => new(Access.Project, request => PossessionPages.DownloadAsync(request, id, organization)),
        ["services", var id, "network", "detach"] => new(Access.Change, request => NetworkPages.AskDetachAsync(request, id)),
        ["services", var id, "channels", var channel] => new(Access.Project, request => ChannelPages.ShowAsync(request, id, channel)),
        ["keys"] => new(Access.SignedIn, KeysPages.ListAsync),
        ["accounts"] => new(Access.Operator, AccountsPages.ListAsync),
        ["accounts", var id] => new(Access.Operator, request => AccountsPages.ShowAsync(request, id)),
        ["topology"] => new(Access.Project, TopologyPages.ListAsync),
        ["topology", var file] when file.EndsWith(".svg", StringComparison.Ordinal) => new(Access.Project, request => TopologyPages.SaveAsync(request, file[..^4])),
        ["topology", var service] => new(Access.Project, request => TopologyPages.ShowAsync(request, service)),
        ["operations"] => new(Access.Project, OperationsPages.ListAsync),
        ["operations", var id] => new(Access.Project, request => OperationsPages.ShowAsync(request, id)),
        ["events"] => new(Access.Project, Events.FollowAsync),
        _ => null,
    };

    private static ConsoleRoute? FindForm(string[] path) => path switch
    {
        ["sign-in"] => new(Access.Anyone, SignInPages.SignInAsync),
        ["language"] => new(Access.Anyone, SignInPages.SetLanguageAsync),
        ["sign-out"] => new(Access.SignedIn, SignInPages.SignOutAsync),
        ["sign-out-everywhere"] => new(Access.SignedIn, SignInPages.SignOutEverywhereAsync),
        ["project"] => new(Access.SignedIn, ProjectPages.ChooseAsync),
        ["inbox", "signatures", var id, "sign"] => new(Access.Change, Thing.Signature(id), request => SignaturePages.SignAsync(request, id)),
        ["inbox", "signatures", var id, "approve"] => new(Access.Change, Thing.Signature(id), request => SignaturePages.ApproveAsync(request, id)),
        ["inbox", "signatures", var id, "decline"] => new(Access.Change, Thing.Signature(id), request => SignaturePages.DeclineAsync(request, id)),
        ["inbox", var id, "agree"] => new(Access.Change, Thing.Invitation(id), request => InboxPages.AgreeAsync(request, id)),
        ["inbox", var id, "reject"] => new(Access.Change, Thing.Invitation(id), request => InboxPages.RejectAsync(request, id)),
        ["inbox", var id, "mark"] => new(Access.Change, Thing.Invitation(id), request => InboxPages.MarkAsync(request, id)),
        ["services", "new"] => new(Access.Change, ServicesPages.CreateAsync),
        ["services", var id, "delete"] => new(Access.Change, Thing.WholeService(id), request => ServicesPages.DeleteAsync(request, id)),
        ["services", var id, "network"] => new(Access.Change, Thing.Network(id), request => NetworkPages.AttachAsync(request, id)),
        ["services", var id, "network", "automatic"] => new(Access.Change, Thing.Network(id), request => AutomaticPages.SetAsync(request, id)),
        ["services", var id, "network", "challenge"] => new(Access.Change, Thing.Network(id), request => PossessionPages.ChallengeAsync(request, id)),
        ["services", var id, "network", "possession"] => new(Access.Change, Thing.Network(id), request => PossessionPages.ProveAsync(request, id)),
        ["services", var id, "network", "detach"] => new(Access.Change, Thing.Network(id), request => NetworkPages.DetachAsync(request, id)),
        ["services", var id, "organizations"] => new(Access.Change, Thing.Service(id), request => ChannelPages.ChangeOrganizationAsync(request, id)),
        ["services", var id, "channels"] => new(Access.Change, request => ChannelPages.CreateAsync(request, id)),
        ["services", var id, "channels", var channel, "peers"] => new(Access.Change, Thing.Channel(id, channel), request => ChannelPages.AddPeersAsync(request, id, channel)),
        ["services", var id, "channels", var channel, "peers", "quit"] => new(Access.Change, Thing.Channel(id, channel), request => ChannelPages.RemovePeersAsync(request, id, channel)),
        ["services", var id, "channels", var channel, "organizations", "quit"] => new(Access.Change, Thing.Channel(id, channel), request => ChannelPages.RemoveOrganizationAsync(request, id, channel)),
        ["services", var id, "channels", var channel, "delete"] => new(Access.Change, Thing.Channel(id, channel), request => ChannelPages.DeleteAsync(request, id, channel)),
        ["accounts"] => new(Access.Operator, AccountsPages.CreateAsync),
        ["accounts", var id, "enabled"] => new(Access.Operator, Thing.Account(id), request => AccountsPages.SetEnabledAsync(request, id)),
        ["accounts", var id, "projects"] => new(Access.Operator, request => AccountsPages.CreateProjectAsync(request, id)),
        ["accounts", var id, "projects", var project, "enabled"] => new(Access.Operator, Thing.Project(id, project), request => AccountsPages.SetProjectEnabledAsync(request, id, project)),
        ["accounts", var id, "users"] => new(Access.Operator, request => UserForms.CreateAsync(request, id)),
        ["accounts", var id, "users", var user, "enabled"] => new(Access.Operator, Thing.User(id, user), request => UserForms.SetEnabledAsync(request, id, user)),
        ["accounts", var id, "users", var user, "password"] => new(Access.Operator, Thing.User(id, user), request => UserForms.ResetPasswordAsync(request, id, user)),
        ["keys"] => new(Access.SignedIn, KeysPages.CreateAsync),
        ["keys", var key, "delete"] => new(Access.SignedIn, Thing.AccessKey(key), request => KeysPages.DeleteAsync(request, key)),
        ["members", "invite"] => new(Access.Change, InvitePages.InviteAsync),
        ["members", var service, var id, "remove"] => new(Access.Change, Thing.Member(service, id), request => EndPages.RemoveAsync(request, service, id)),
        ["members", var service, var id, "quit"] => new(Access.Change, Thing.Member(service, id), request => EndPages.QuitAsync(request, service, id)),
        _ => null,
    };
}
