using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Guildhall.Api;
using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Services;

namespace Guildhall.Console.Services;

/// <summary>What a service is on its Fabric network: attach it with the files that people have, show it, detach it.</summary>
internal static class NetworkPages
{
    public static Task<IResult> ShowAsync(ConsoleRequest request, string serviceId) => ShowAsync(request, serviceId, null, false, null);

    /// <summary>Looks at everything, and attaches when nothing speaks against it. The findings are the answer: files that were chosen cannot be shown again.</summary>
    public static async Task<IResult> AttachAsync(ConsoleRequest request, string serviceId)
    {
        if ((await request.Services.FindAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _))
        {
            return request.NotFound();
        }

        var onlyCheck = request.Form.Has("check");
        if (Read(request.Form, request.Limits).IsRefused(out var refusal, out var wanted)
            || (await request.Networks.AttachAsync(request.Caller, serviceId, wanted, onlyCheck, progress: null, request.Looks, request.Aborted)).IsRefused(out refusal, out var report))
        {
            return await ShowAsync(request, serviceId, null, false, refusal);
        }

        return await ShowAsync(request, serviceId, report, report.IsGood && !onlyCheck, null);
    }

    public static Task<IResult> AskDetachAsync(ConsoleRequest request, string serviceId) => AskDetachAsync(request, serviceId, null);

    public static async Task<IResult> DetachAsync(ConsoleRequest request, string serviceId) =>
        (await request.Networks.DetachAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out var refusal)
            ? await AskDetachAsync(request, serviceId, refusal)
            : request.Go($"/console/services/{serviceId}/network", request.T("The service is detached. Its profile, certificates and keys are forgotten."));

    /// <summary>The form is read as the body that would ask for the same, so that both are judged by one set of rules.</summary>
    internal static Result<AttachmentRequest> Read(Form form, Limits limits)
    {
        var whole = form.File("document")?.Content ?? Encoding.UTF8.GetBytes(form["document-text"]);
        if (!Utf8.IsValid(whole.Span))
        {
            return Refusal.BodyMalformed.Because("it is not UTF-8");
        }

        var body = Fields.Parse(whole.IsEmpty ? JsonSerializer.SerializeToUtf8Bytes(BodyOf(form)) : whole, limits);
        var wanted = AttachNetwork.Read(body);
        return body.Refusal is { } malformed ? malformed : wanted;
    }

    /// <summary>Of the organizations that the page had rows for, those for which an MSP was given.</summary>
    private static JsonObject BodyOf(Form form) => new()
    {
        ["profile"] = TextOf(form.File("profile")),
        ["organizations"] = new JsonArray([.. RowsOf(form).Where(one => IsGiven(form, one.Row)).Select(one => (JsonNode)OrganizationOf(form, one.Row, one.Organization))]),
    };

    /// <summary>Each row of the form says which organization it is of: the service may have others by now.</summary>
    private static IEnumerable<(int Row, string Organization)> RowsOf(Form form)
    {
        for (var row = 0; form.Has($"organization-{row}"); row++)
        {
            yield return (row, Bounded(form[$"organization-{row}"]));
        }
    }

    private static bool IsGiven(Form form, int row) => form[$"msp-id-{row}"].Length > 0 || form.Files($"msp-{row}").Any();

    private static JsonObject OrganizationOf(Form form, int row, string name)
    {
        var organization = new JsonObject
        {
            ["name"] = name,
            ["msp_id"] = Bounded(form[$"msp-id-{row}"]),
            ["msp"] = MspOf(form, row),
        };
        foreach (var role in (string[])["administrator", "client"])
        {
            var (certificate, key) = (TextOf(form.File($"{role}-certificate-{row}")), TextOf(form.File($"{role}-key-{row}")));
            var keyName = form[$"{role}-key-name-{row}"] is { Length: > 0 } given ? Bounded(given) : null;
            if (certificate is not null || key is not null || keyName is not null)
            {
                organization[role] = new JsonObject { ["certificate"] = certificate, ["key"] = key, ["key_name"] = keyName };
            }
        }

        return organization;
    }

    /// <summary>Of two files of one path, as in two folders that are chosen at once, the second.</summary>
    private static JsonObject MspOf(Form form, int row)
    {
        var msp = new JsonObject();
        foreach (var (path, text) in MspFolder.FilesIn(form.Files($"msp-{row}")))
        {
            msp[path] = Bounded(text);
        }

        return msp;
    }

    /// <summary>Keys, and the files themselves, are not among it.</summary>
    private static Dictionary<string, string> TypedIn(Form form, Service service)
    {
        var names = service.Organizations.Select(one => one.Name).ToList();
        return (
            from typed in RowsOf(form)
            let row = names.IndexOf(typed.Organization)
            where row >= 0
            from field in (string[])["msp-id", "administrator-key-name", "client-key-name"]
            group form[$"{field}-{typed.Row}"] by $"{field}-{row}").ToDictionary(one => one.Key, one => one.First());
    }

    private static string? TextOf(FormFile? file) => file is null ? null : Bounded(Encoding.UTF8.GetString(file.Content.Span));

    /// <summary>No more than shows that it is too long: written as JSON, a text takes many times its length for a while.</summary>
    private static string Bounded(string text) => text.Length <= AttachNetwork.MaxProfileLength ? text : text[..(AttachNetwork.MaxProfileLength + 1)];

    internal static async Task<IResult> ShowAsync(ConsoleRequest request, string serviceId, AttachmentReport? report, bool isAttachedNow, Refusal? refusal)
    {
        if ((await request.Services.FindAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _, out var service))
        {
            return request.NotFound();
        }

        var attachment = (await request.Networks.ShowAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _, out var found) ? null : found;
        return request.Show<NetworkView, NetworkModel>(
            request.T("Network of {0}", service.Name),
            new NetworkModel(service, attachment, request.Get<NetworkSettings>().ChangesChannels, TypedIn(request.Form, service), report, isAttachedNow, refusal)
            {
                Signing = await request.Networks.ShowSigningAsync(request.Caller, serviceId, request.Aborted),
                Challenges = await request.Get<PossessionManagement>().ListAsync(request.Caller, serviceId, request.Aborted),
            },
            refusal is null && report is null or { IsGood: true } ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<IResult> AskDetachAsync(ConsoleRequest request, string serviceId, Refusal? refusal)
    {
        if ((await request.Overview.CountMembersAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _, out var counted)
            || (await request.Networks.ShowAsync(request.Caller, serviceId, request.Aborted)).IsRefused(out _, out var attachment))
        {
            return request.NotFound();
        }

        var automatic = (await request.Networks.ShowSigningAsync(request.Caller, serviceId, request.Aborted)).Automatic;
        return request.Show<DetachView, DetachModel>(request.T("Detach {0}", counted.View.Service.Name), new DetachModel(counted, attachment, automatic, refusal), refusal);
    }
}
