; Set-up program for Windows, for Inno Setup 6.3 or newer:
;   iscc /DVersion=0.1.0 installer\windows\negatoscope.iss
; after `py installer\bootstrap.py package` has frozen the program on Windows.
; Without a question: negatoscope-setup.exe /VERYSILENT /SUPPRESSMSGBOXES /NORESTART /ALLUSERS
; It has been read by a test (tests/installer/test_windows_setup.py) and never been run.

#ifndef Version
  #error Say which version: iscc /DVersion=0.1.0
#endif
#define Frozen "..\..\dist\negatoscope"
#define Viewer "negatoscope-viewer.exe"
#define Console "negatoscope.exe"

[Setup]
AppId={{9D5B6E64-6A0E-4C0B-9C43-0B1A6A1F5C27}
AppName=Negatoscope
AppVersion={#Version}
AppVerName=Negatoscope {#Version}
AppPublisher=The authors of Negatoscope
AppComments=Research use only. Not a medical device.
VersionInfoVersion={#Version}
DefaultDirName={autopf}\Negatoscope
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog commandline
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile=..\..\resources\licences\NOTICE.txt
SetupIconFile=negatoscope.ico
UninstallDisplayIcon={app}\{#Viewer}
OutputDir=..\..\dist
OutputBaseFilename=negatoscope-{#Version}-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes
RestartApplications=no

[Tasks]
Name: "open"; Description: "Offer Negatoscope for DICOM files (.dcm)"
Name: "desktop"; Description: "Put an icon on the desktop"; Flags: unchecked

[InstallDelete]
; A library of the older version must not be loaded by the newer one.
Type: filesandordirs; Name: "{app}\_internal"
Type: filesandordirs; Name: "{app}\licences"

[Files]
Source: "{#Frozen}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{autoprograms}\Negatoscope"; Filename: "{app}\{#Viewer}"; WorkingDir: "{app}"
Name: "{autodesktop}\Negatoscope"; Filename: "{app}\{#Viewer}"; WorkingDir: "{app}"; Tasks: desktop

[Registry]
; Offered beside what opens .dcm already, never taken over.
Root: HKA; Subkey: "Software\Classes\.dcm\OpenWithProgids"; ValueType: string; ValueName: "Negatoscope.dcm"; ValueData: ""; Flags: uninsdeletevalue; Tasks: open
Root: HKA; Subkey: "Software\Classes\Negatoscope.dcm"; ValueType: string; ValueName: ""; ValueData: "DICOM film"; Flags: uninsdeletekey; Tasks: open
Root: HKA; Subkey: "Software\Classes\Negatoscope.dcm\DefaultIcon"; ValueType: string; ValueName: ""; ValueData: "{app}\{#Viewer},0"; Flags: uninsdeletekey; Tasks: open
Root: HKA; Subkey: "Software\Classes\Negatoscope.dcm\shell\open\command"; ValueType: string; ValueName: ""; ValueData: """{app}\{#Viewer}"" ""%1"""; Flags: uninsdeletekey; Tasks: open
; `negatoscope` in a terminal's Run box finds the program with a console.
Root: HKA; Subkey: "Software\Microsoft\Windows\CurrentVersion\App Paths\{#Console}"; ValueType: string; ValueName: ""; ValueData: "{app}\{#Console}"; Flags: uninsdeletekey

[Run]
Filename: "{app}\{#Viewer}"; Parameters: "--demo"; Description: "Open the demo"; Flags: nowait postinstall skipifsilent unchecked

; Workspaces of users are in their own folders. Nothing here deletes one: they hold signed reports.

[Code]
const
  Installed = 'Software\Microsoft\Windows\CurrentVersion\Uninstall\{9D5B6E64-6A0E-4C0B-9C43-0B1A6A1F5C27}_is1';

function InitializeSetup(): Boolean;
var
  There: String;
  Old, New: Int64;
begin
  Result := True;
  if RegQueryStringValue(HKA, Installed, 'DisplayVersion', There) then
    if StrToVersion(There, Old) and StrToVersion('{#Version}', New) then
      if ComparePackedVersion(New, Old) < 0 then
      begin
        SuppressibleMsgBox('Version ' + There + ' is there already; an older version is never put in.',
          mbError, MB_OK, IDOK);
        Result := False;
      end;
end;
