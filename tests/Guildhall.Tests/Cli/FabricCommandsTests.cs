using System.CommandLine;
using System.Text.Json.Nodes;
using Guildhall.Cli;
using Guildhall.Tests.Fabric;
using Guildhall.Tests.Hosting;
using Guildhall.Tests.Networks;

namespace Guildhall.Tests.Cli;

public sealed class FabricCommandsTests : IDisposable
{
    private static readonly TestOrganization Mill = new("MillMSP");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_service_is_attached_from_files_shown_and_detached()
    {
        await using var service = await TestService.StartAsync();
        var key = folder.Write("fabric.key", new string('a', 64) + "\n");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "modes are those of Unix");
        var admin = Mill.Authority.Issue("admin", "admin");
        folder.Write("admin.pem", admin.Pem);
        folder.Write("admin.key", admin.KeyPem);

        var open = await Assert.ThrowsAsync<OperatorException>(() => RunAsync(service, "attach", Written(), "--store-key-file", key));
        Assert.Contains("can be read by everybody", open.Message, StringComparison.Ordinal);
        Close(key);
        var check = await RunAsync(service, "attach", Written(), "--store-key-file", key, "--check");
        Assert.Equal((0, ""), (check.Code, check.Error));
        Assert.Equal(1, (await RunAsync(service, "show")).Code);
        var attached = await RunAsync(service, "attach", Written(), "--store-key-file", key);
        Assert.Contains("✓ administrator organization: \"CN=admin, OU=admin\" is an administrator until ", attached.Output, StringComparison.Ordinal);
        Assert.EndsWith("Service mill is attached.\n", attached.Output, StringComparison.Ordinal);
        Assert.Contains("organization  MillMSP  key sealed here  as the administrator", (await RunAsync(service, "show")).Output, StringComparison.Ordinal);
        Assert.Contains("\"mspid\": \"MillMSP\"", (await RunAsync(service, "show", "--profile")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(service, "detach")).Code);
        Assert.Equal(1, (await RunAsync(service, "show")).Code);
    }

    [Theory]
    [InlineData("profile: connection.yaml", "organizations is missing: name each organization of the service under it.")]
    [InlineData("profile: nowhere.yaml\norganizations: {}", "nowhere.yaml cannot be read")]
    [InlineData("profil: connection.yaml", "profil is not known there; profile, organizations are.")]
    [InlineData("profile: connection.yaml\norganizations: { o: { msp_id: MillMSP, msp: nowhere } }", "There is no MSP folder ")]
    [InlineData("profile: connection.yaml\norganizations: { o: { msp: msp } }", "organizations.o.msp_id is missing.")]
    [InlineData("profile: connection.yaml\norganizations: { o: { msp_id: MillMSP, msp: msp, client: { certificate: c.pem } } }", "organizations.o.client.key or organizations.o.client.key_name is needed, and not both.")]
    [InlineData("profile: [", "is neither YAML nor JSON: line ")]
    [InlineData("none", "is no attachment file. It looks like this:")]
    public async Task A_mistake_in_the_attachment_file_is_told(string text, string complaint)
    {
        Written();
        var file = folder.Write("wrong.yaml", text);
        await using var service = await TestService.StartAsync();

        Assert.Contains(complaint, (await Assert.ThrowsAsync<OperatorException>(() => RunAsync(service, "attach", file))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_tells_what_agreeing_would_cause_and_changes_nothing()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP", "Org2MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, Mill, holdsKey: false);
        var key = folder.WritePrivate("fabric.key", TestKeys.Text);
        string[] options = ["--channel", "trade", "--store-key-file", key, "--fabric-destinations", Consortium.LabDestinations];

        var early = await Assert.ThrowsAsync<OperatorException>(() => RunAsync(service, "plan", options));
        Assert.Equal("Service mill has no invitation and no membership in channel trade.", early.Message);

        await service.Inviter.InviteAsync(service.Invitee, "trade");
        var (code, output, error) = await RunAsync(service, "plan", options);
        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("Joining channel trade, told from its configuration 0. Nothing is submitted.\n- MillMSP joins, with the authority \"CN=ca.MillMSP\"", output, StringComparison.Ordinal);
        Assert.EndsWith("""

            Has to sign: Org1MSP and Org2MSP.
                Org1MSP and Org2MSP
            + [Group]  /Channel/Application/MillMSP

            """, output, StringComparison.Ordinal);

        var json = JsonNode.Parse((await RunAsync(service, "plan", [.. options, "--json", "--with", "harbor-trade", "--organizations", "organization"])).Output)!;
        Assert.Equal("MillMSP", (string)json["difference"]![0]!["after"]!["values"]!["MSP"]!["value"]!["config"]!["name"]!);
        Assert.Equal(["Org1MSP", "Org2MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public async Task What_is_signed_without_asking_is_said_by_channel_and_shown()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")));
        var service = consortium.Service;
        await consortium.AttachAsync(service.Invitee, Mill, holdsKey: true);

        var (code, output, _) = await RunAsync(service, "automatic", "--channel", "steel", "--changes", "leave", "--per-day", "2");
        Assert.Equal(0, code);
        Assert.Contains("steel", output, StringComparison.Ordinal);
        Assert.Equal(
            """[{"channel_name":"steel","changes":["leave"],"until":null,"per_day":2},{"channel_name":"trade","changes":["join","leave"],"until":null,"per_day":10}]""",
            await SaidAsync());
        Assert.Equal(0, (await RunAsync(service, "automatic", "--none")).Code);
        Assert.Equal("[]", await SaidAsync());
        await Assert.ThrowsAsync<OperatorException>(() => RunAsync(service, "automatic", "--channel", "trade"));
        await Assert.ThrowsAsync<OperatorException>(() => RunAsync(service, "automatic", "--changes", "join"));

        async Task<string> SaidAsync() =>
            JsonNode.Parse((await service.Invitee.GetAsync($"blockchains/{service.Invitee.ServiceId}/network")).Body)!["automatic_signatures"]!["channels"]!.ToJsonString();
    }

    [Fact]
    public async Task Drift_is_shown_with_an_exit_code_for_scripts()
    {
        await using var consortium = await Consortium.StartAsync(await StandInNetwork.StartAsync(new NetworkPlan("Org1MSP")));
        var service = consortium.Service;
        var key = folder.WritePrivate("fabric.key", TestKeys.Text);
        string[] options = ["--account", "harbor-trade", "--service", "harbor", "--channel", "trade", "--store-key-file", key, "--fabric-destinations", Consortium.LabDestinations];

        var good = await RunAsync(service, "drift", options);
        Assert.Equal((0, "✓ channel trade: is as the register has it, at sequence 0.\n", ""), good);

        await consortium.Network.ChangeAsync(new Guildhall.Fabric.ChannelChange { Add = [Mill.Joining] }, consortium.Network.Org1);
        var drifted = await Assert.ThrowsAsync<OperatorException>(() => RunAsync(service, "drift", options));
        Assert.Equal("1 of 1 channels differ from the register or cannot be read; nothing was changed.", drifted.Message);
        Assert.Contains("MillMSP is on channel trade, and is neither the inviter's nor a member's.", (await service.Inviter.GetAsync($"blockchains/{service.Inviter.ServiceId}/network")).Body, StringComparison.Ordinal);
        Assert.Equal(["MillMSP", "Org1MSP"], await consortium.OrganizationsAsync());
    }

    [Fact]
    public void Every_command_has_help_with_an_example() => Assert.All(
        FabricCommands.Create().Subcommands, command => Assert.Contains($"Example: guildhall fabric {command.Name}", command.Description, StringComparison.Ordinal));

    /// <summary>Writes the files of an attachment; answers the path of the one that names the others.</summary>
    private string Written()
    {
        Mill.WriteMsp(folder.File("msp"));
        folder.Write("connection.yaml", AttachmentBodies.Profile(Mill));
        return folder.Write("attachment.yaml", """
            profile: connection.yaml
            organizations:
              organization:
                msp_id: MillMSP
                msp: msp
                administrator: { certificate: admin.pem, key: admin.key }
            """);
    }

    private static void Close(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(TestService service, string verb, params string[] arguments)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        string[] place = arguments.Contains("--account") ? [] : ["--account", "north-mill", "--service", "mill"];
        string[] all = ["fabric", verb, "--project", "cn-north-4", "--store", service.StoreSetting, .. place, .. arguments];
        var root = new RootCommand { FabricCommands.Create() };
        var code = await root.Parse(all).InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return (code, output.ToString(), error.ToString());
    }
}
