using System.Text.Json.Nodes;
using Guildhall.Api;
using Guildhall.Console.Shared;
using Guildhall.Memberships;
using Guildhall.Services;

namespace Guildhall.Console.Services;

/// <summary>The project's services: list, create, show, delete.</summary>
internal static class ServicesPages
{
    /// <summary>Rows for organizations in the form that creates a service.</summary>
    public const int OrganizationRows = 4;

    private static readonly string[] Fields =
        ["name", "version_type", "blockchain_type", "fabric_version", "consensus", "sign_algorithm", "database_type", "tc3_need", "channel", "for"];

    public static async Task<IResult> ListAsync(ConsoleRequest request) => request.Show<ServicesView, ServicesModel>(
        request.T("Services"), new ServicesModel(await request.Overview.ListServicesAsync(request.Caller, request.Aborted), request.Limits.Services));

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string id) => await ShowAsync(request, id, null);

    public static async Task<IResult> ShowAsync(ConsoleRequest request, string id, Refusal? refusal) =>
        (await request.Overview.ShowServiceAsync(request.Caller, id, request.Aborted)).IsRefused(out _, out var shown)
            ? request.NotFound()
            : request.Show<ServicePage, ServiceModel>(
                shown.View.Service.Name, new ServiceModel(shown.View, shown.Members, request.Limits.Of(shown.View.Service.Traits.Edition), refusal), refusal);

    public static async Task<IResult> AskNewAsync(ConsoleRequest request)
    {
        var invitation = await FindInvitationAsync(request, request.Query("for"));
        var typed = new Dictionary<string, string>
        {
            ["version_type"] = "3",
            ["blockchain_type"] = "union",
            ["fabric_version"] = FabricVersions.Default,
            ["database_type"] = "goleveldb",
            ["channel"] = "channel",
            ["organization-0"] = "organization",
            ["peers-0"] = "2",
            ["for"] = request.Query("for"),
        };
        return ShowNew(request, invitation, typed, null);
    }

    public static async Task<IResult> CreateAsync(ConsoleRequest request)
    {
        var typed = Fields.Concat(Enumerable.Range(0, OrganizationRows).SelectMany(row => (string[])[$"organization-{row}", $"peers-{row}"]))
            .ToDictionary(name => name, name => request.Form[name]);
        var invitation = await FindInvitationAsync(request, typed["for"]);
        if ((await CreateAsync(request, BodyOf(typed, invitation))).IsRefused(out var refusal, out var created))
        {
            return ShowNew(request, invitation, typed, refusal);
        }

        var notice = request.T("Service {0} is created.", created.Name);
        return request.Go(invitation is null ? "/console/services/" + created.Id : "/console/inbox/" + invitation.Invitation.Id, notice);
    }

    public static async Task<IResult> AskDeleteAsync(ConsoleRequest request, string id) => await ShowDeleteAsync(request, id, null);

    public static async Task<IResult> DeleteAsync(ConsoleRequest request, string id)
    {
        var service = (await request.Services.FindAsync(request.Caller, id, request.Aborted)).IsRefused(out _, out var found) ? null : found;
        if (service is not null && request.Form["name"] != service.Name)
        {
            return await ShowDeleteAsync(request, id, ConsoleRefusals.NameDiffers.Because(service.Name));
        }

        return (await request.Services.DeleteAsync(request.Caller, id, request.Aborted)).IsRefused(out var refusal, out _)
            ? await ShowDeleteAsync(request, id, refusal)
            : request.Go("/console/services", request.T("Service {0} is deleted.", service?.Name ?? ""));
    }

    /// <summary>The form is read as the body that would ask for the same, so that both are judged by one set of rules.</summary>
    private static async Task<Result<RegisteredService>> CreateAsync(ConsoleRequest request, JsonObject json)
    {
        var body = Api.Fields.Parse(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), request.Limits);
        var wanted = CreateService.Read(body);
        return body.Refusal is { } malformed ? malformed : await request.Services.CreateAsync(request.Caller, wanted, request.Aborted);
    }

    private static JsonObject BodyOf(Dictionary<string, string> typed, InvitationView? invitation)
    {
        string? Given(string name) => typed.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;
        var body = new JsonObject
        {
            ["name"] = Given("name"),
            ["version_type"] = int.TryParse(Given("version_type"), out var edition) ? edition : null,
            ["cluster_type"] = "cce",
            ["enterprise_project_id"] = "0",
            ["resource_password"] = "none",
            ["create_new_cluster"] = false,
            ["database_type"] = Given("database_type"),
            ["tc3_need"] = Given("tc3_need") is not null,
            ["peer_orgs"] = OrganizationsIn(typed),
        };
        if (invitation is not null)
        {
            var inviter = invitation.Inviter;
            body["version_type"] = (int)inviter.Traits.Edition;
            body["is_invitee"] = true;
            body["invitor_infos"] = new JsonObject { ["tenant_id"] = inviter.AccountId, ["project_id"] = inviter.ProjectId, ["blockchain_id"] = inviter.Id };
            return body;
        }

        foreach (var name in (string[])["blockchain_type", "fabric_version", "consensus", "sign_algorithm"])
        {
            if (Given(name) is { } text)
            {
                body[name] = text;
            }
        }

        if (Given("channel") is { } channel)
        {
            var names = OrganizationsIn(typed).Select(one => (JsonNode?)(string?)one!["name"]).ToArray();
            body["channels"] = new JsonArray(new JsonObject { ["name"] = channel, ["org_names"] = new JsonArray(names) });
        }

        return body;
    }

    private static JsonArray OrganizationsIn(Dictionary<string, string> typed) =>
    [
        .. from row in Enumerable.Range(0, OrganizationRows)
           let name = typed.GetValueOrDefault($"organization-{row}") ?? ""
           where name.Length > 0
           select (JsonNode)new JsonObject { ["name"] = name, ["node_count"] = int.TryParse(typed.GetValueOrDefault($"peers-{row}"), out var peers) ? peers : null },
    ];

    private static async Task<InvitationView?> FindInvitationAsync(ConsoleRequest request, string id) =>
        id.Length == 0 || (await request.Overview.ShowAsync(request.Caller, id, request.Aborted)).IsRefused(out _, out var view) ? null : view;

    private static IResult ShowNew(ConsoleRequest request, InvitationView? invitation, Dictionary<string, string> typed, Refusal? refusal)
    {
        var call = new ApiCall("POST", "blockchains", BodyOf(typed, invitation));
        return request.Show<NewServiceView, NewServiceModel>(
            request.T("Create a service"), new NewServiceModel(invitation, typed, call, refusal), refusal);
    }

    private static async Task<IResult> ShowDeleteAsync(ConsoleRequest request, string id, Refusal? refusal) =>
        (await request.Overview.ShowLosingAsync(request.Caller, id, request.Aborted)).IsRefused(out _, out var losing)
            ? request.NotFound()
            : request.Show<DeleteServiceView, DeleteServiceModel>(
                request.T("Delete service {0}", losing.Service.View.Service.Name), new DeleteServiceModel(losing.Service, losing.First, refusal), refusal);
}
